/**
 * Proofs that anyone checks offline, without keys: that records belong to a capsule, that one head goes on from another, or
 * that a writer signed two histories. {@link dev.croft.capsule.proof.ProofChecker} needs nothing of the writer.
 */
@NullMarked
package dev.croft.capsule.proof;

import org.jspecify.annotations.NullMarked;
