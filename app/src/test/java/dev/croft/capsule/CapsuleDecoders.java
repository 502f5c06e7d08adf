package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import java.util.Arrays;

/** The doors to this package's own decoders, for fuzzing. */
public final class CapsuleDecoders {
    private CapsuleDecoders() {}

    /** A segment's header. */
    public static void segmentHeader(byte[] bytes, CapsuleMetadata metadata) {
        SegmentHeader header = SegmentHeader.decode(bytes, metadata.name());
        header.vouchedBy(metadata.writerKey());
    }

    /** A key file, as a server takes it. */
    public static void keyFile(byte[] bytes, CapsuleMetadata metadata) {
        KeyFile file = KeyFile.decode(bytes, metadata, 0);
        if (!Arrays.equals(file.encoded(), bytes)) {
            throw new IllegalStateException("two encodings of one key file");
        }
    }

    /** A record's fields, as they stand in a frame. */
    public static void recordFields(byte[] bytes) {
        RecordHeader.decodeFields(new ByteReader(bytes), null);
    }
}
