/**
 * What a service keeps: the books of all compositions it counts in, streams that make blocks, and the commands that
 * change them, as values with one JSON form. Replaying the commands gives the same books.
 */
@NullMarked
package dev.croft.budget.books;

import org.jspecify.annotations.NullMarked;
