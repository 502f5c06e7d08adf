package dev.croft.app.fuzz;

/** Where Jazzer enters; the system property {@code croft.decoder} says which decoder. */
public final class FuzzTarget {
    private static final Decoder DECODER = Decoder.valueOf(System.getProperty("croft.decoder", "METADATA"));

    private FuzzTarget() {}

    /** One input. */
    public static void fuzzerTestOneInput(byte[] bytes) {
        DECODER.decode(bytes);
    }
}
