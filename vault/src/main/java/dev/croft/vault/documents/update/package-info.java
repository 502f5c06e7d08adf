/** MongoDB's update operators over BSON documents, as pure values. */
@NullMarked
package dev.croft.vault.documents.update;

import org.jspecify.annotations.NullMarked;
