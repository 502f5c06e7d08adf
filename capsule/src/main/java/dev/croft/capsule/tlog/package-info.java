/** Capsules as other transparency-log tools read them: C2SP checkpoints, proofs and tiles (c2sp.org). */
@NullMarked
package dev.croft.capsule.tlog;

import org.jspecify.annotations.NullMarked;
