package dev.croft.capsule;

/** What can be wrong with a capsule's files. */
public enum Flaw {
    /** The metadata are missing, malformed, or not those of the name that was asked for. */
    METADATA,
    /** A segment's first bytes are not what the records before it demand. */
    SEGMENT_HEADER,
    /** Bytes that are no frame: a length or type out of bounds, a field malformed. */
    FRAME,
    /** A record out of its place: repeated, reordered, missing or foreign. */
    SEQUENCE,
    /** A record's content or link does not fit the hash chain. */
    CHAIN,
    /** A time that runs backwards. */
    TIMESTAMP,
    /** An epoch that goes back, skips, or has another data key than it had. */
    EPOCH,
    /** A heartbeat that does not describe the records before it. */
    HEARTBEAT,
    /** A signature that is not the writer's. */
    SIGNATURE,
    /** A file of wrapped data keys that the writer did not sign, or for another epoch. */
    KEYS,
    /** Bytes after the last heartbeat: what a crash leaves of appends that were never acknowledged. */
    TORN_TAIL,
    /** The capsule ends before, or disagrees with, the head that was known from elsewhere. */
    HEAD
}
