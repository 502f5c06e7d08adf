package dev.croft.capsule.files;

/** The doors to this package's own decoders, for fuzzing. */
public final class FileDecoders {
    private FileDecoders() {}

    /** A file system's record. */
    public static void record(byte[] bytes) {
        new FileRecord.Codec().decode(9, bytes, (_, _) -> {});
    }

    /** What the map of a file system has under a key: a file or folder, or a place. */
    public static void value(byte[] bytes) {
        if (bytes.length == 16) {
            Place.decode(bytes);
        } else {
            Node.decode(1, bytes);
        }
    }
}
