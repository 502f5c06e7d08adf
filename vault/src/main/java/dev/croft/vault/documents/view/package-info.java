/** The view of the data capsule: an authenticated, encrypted B-tree file with declared indexes, and its planner. */
@NullMarked
package dev.croft.vault.documents.view;

import org.jspecify.annotations.NullMarked;
