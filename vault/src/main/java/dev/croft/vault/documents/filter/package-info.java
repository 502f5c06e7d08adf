/** MongoDB's query language over BSON documents: filters, projections and sort orders, as pure values. */
@NullMarked
package dev.croft.vault.documents.filter;

import org.jspecify.annotations.NullMarked;
