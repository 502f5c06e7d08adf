/** What the mobility room adds to permission managers: its entry format, and its computations for queries across people. */
@NullMarked
package dev.croft.app.mobility;

import org.jspecify.annotations.NullMarked;
