/**
 * One owner's documents: BSON in the data capsule, projected into an encrypted, indexed view that can be thrown away
 * and rebuilt. {@link dev.croft.vault.documents.DocumentStore} is the way in.
 */
@NullMarked
package dev.croft.vault.documents;

import org.jspecify.annotations.NullMarked;
