package dev.croft.capsule.sql;

/** The doors to this package's own decoders, for fuzzing. */
public final class SqlDecoders {
    private SqlDecoders() {}

    /** A database's record. */
    public static void record(byte[] bytes) {
        SqlRecord.decode(9, bytes);
    }
}
