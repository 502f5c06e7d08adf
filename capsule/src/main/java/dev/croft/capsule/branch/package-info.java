/** Histories of a quasi-single-writer capsule: where its copies branch, and how a writer joins them. */
@NullMarked
package dev.croft.capsule.branch;

import org.jspecify.annotations.NullMarked;
