package dev.croft.runtime.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.croft.runtime.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The doors to the reader of images, for fuzzing. */
public final class ImageDecoders {
    private static final byte[] LAYER = {};

    private ImageDecoders() {}

    /** An archive as somebody sends it. */
    public static void archive(byte[] bytes) {
        try {
            ImageArchive.read(new ByteArrayInputStream(bytes), "it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * An archive with right sums and digests, so that its documents are reached: configuration, manifest, index and Docker's list, a line
     * each. {@code @} and {@code #} stand for digest and size of the configuration, in the index of the manifest, and {@code ~} for the
     * digest of an empty layer.
     */
    public static void documents(byte[] bytes) {
        String[] lines =
                new String(bytes, ISO_8859_1).replace("~", digest(LAYER)).split("\n", 4);
        if (lines.length < 4) {
            return;
        }
        byte[] configuration = lines[0].getBytes(ISO_8859_1);
        byte[] manifest = naming(lines[1], configuration);
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(archive)) {
            for (byte[] blob : new byte[][] {LAYER, configuration, manifest}) {
                tar.file("blobs/sha256/" + digest(blob), blob);
            }
            tar.file("index.json", naming(lines[2], manifest));
            tar.file("manifest.json", naming(lines[3], configuration));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        archive(archive.toByteArray());
    }

    private static byte[] naming(String line, byte[] document) {
        return line.replace("@", digest(document))
                .replace("#", Integer.toString(document.length))
                .getBytes(ISO_8859_1);
    }

    private static String digest(byte[] document) {
        return Digest.of(document).hex();
    }
}
