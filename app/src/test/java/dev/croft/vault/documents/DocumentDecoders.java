package dev.croft.vault.documents;

/** The doors to this package's own decoders, for fuzzing. */
public final class DocumentDecoders {
    private DocumentDecoders() {}

    /** A record of the document store. */
    public static void changes(byte[] bytes) {
        ChangeCodec.decode(9, bytes);
    }
}
