package dev.croft.capsule;

/** Whether a capsule's history may branch; fixed by its metadata. */
public enum WriterMode {
    /** Strict single writer: one chain, and two signed heads that disagree are evidence against the writer. */
    STRICT,
    /** Quasi-single writer: a writer that lost its state may go on from an older record, so branches are legal. */
    QUASI
}
