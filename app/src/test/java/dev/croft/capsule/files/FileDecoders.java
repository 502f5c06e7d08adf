package dev.croft.capsule.files;

/** The doors to this package's own decoders, for fuzzing. */
public final class FileDecoders {
    private FileDecoders() {}

    /** A file system's record. */
    public static void record(byte[] bytes) {
        new FileRecord.Codec().decode(9, bytes, (_, _) -> {});
    }
}
