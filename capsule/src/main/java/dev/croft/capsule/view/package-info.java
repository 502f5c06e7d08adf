/**
 * What every view of a capsule is built from: an ordered map whose checkpoints are records of the capsule itself, so that a
 * view of any size opens at once, on any copy, and shows any past state.
 */
@NullMarked
package dev.croft.capsule.view;

import org.jspecify.annotations.NullMarked;
