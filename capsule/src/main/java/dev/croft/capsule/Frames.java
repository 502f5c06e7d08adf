package dev.croft.capsule;

/**
 * Constants of a segment's frames: a 32-bit length of what follows, a type byte, the payload. See {@code
 * docs/capsule-format.md}.
 */
final class Frames {
    /** A record with its sealed body. */
    static final byte RECORD = 1;

    /** A heartbeat over everything before it. */
    static final byte HEARTBEAT = 2;

    /** A record whose sealed body was dropped; its hash is kept. */
    static final byte PRUNED = 3;

    static final int LENGTH_BYTES = 4;

    /** Offsets in a record's payload. */
    static final int EPOCH = 0;

    static final int SEQUENCE = 4;
    static final int TIMESTAMP = 12;
    static final int PREVIOUS = 20;
    static final int POINTER_COUNT = 52;
    static final int POINTERS = 54;

    static final int HEARTBEAT_FRAME = LENGTH_BYTES + 1 + Heartbeat.LENGTH;
    static final int MOST_SEALED_BYTES = CapsuleOptions.MOST_RECORD_BYTES + BodyCipher.OVERHEAD;

    /** Most bytes a frame's length field may name. */
    static final int MOST_FRAME_BYTES =
            1 + POINTERS + RecordHeader.MOST_POINTERS * RecordHeader.POINTER_LENGTH + 4 + MOST_SEALED_BYTES;

    private Frames() {}
}
