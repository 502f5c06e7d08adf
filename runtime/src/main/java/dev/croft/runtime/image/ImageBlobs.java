package dev.croft.runtime.image;

import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Where in a checked archive the bytes of its blobs are, for sending them as they are.
 *
 * @param archive the file
 * @param blobs by digest
 */
public record ImageBlobs(Path archive, Map<Digest, Place> blobs) {
    private static final int BLOCK = 512;
    private static final String BLOBS = "blobs/sha256/";

    public ImageBlobs {
        blobs = Map.copyOf(blobs);
    }

    /** A stretch of the archive, in bytes. */
    public record Place(long offset, long size) {}

    /** Of an archive that {@link ImageArchive#read(Path)} found right. */
    public static ImageBlobs of(Path archive) throws IOException {
        Map<Digest, Place> found = new HashMap<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
            TarReader tar = new TarReader(in);
            long offset = 0;
            for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
                offset += BLOCK;
                if (entry.name().startsWith(BLOBS)) {
                    found.put(new Digest(entry.name().substring(BLOBS.length())), new Place(offset, entry.size()));
                }
                offset += (entry.size() + BLOCK - 1) / BLOCK * BLOCK;
            }
        }
        return new ImageBlobs(archive, found);
    }

    /** Where this one is; {@link WorkloadException.BadImage} if it is not there. */
    public Place place(Digest blob) {
        Place place = blobs.get(blob);
        if (place == null) {
            throw new WorkloadException.BadImage("it lacks " + blob);
        }
        return place;
    }

    /** The bytes of one from the {@code from}th on; the caller closes the stream, which may go on behind the blob's end. */
    public InputStream open(Digest blob, long from) throws IOException {
        InputStream in = Files.newInputStream(archive);
        try {
            in.skipNBytes(place(blob).offset() + from);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /**
     * Writes the archive that {@link ImageBuilder} wrote for this image, byte for byte, if it is of the same name; and checks it.
     *
     * @param reference what {@code docker load} names it
     * @param manifest as it was sent
     * @param configuration its digest
     * @param layers from the lowest on
     * @param blobs each blob's file, the configuration first, then layers
     */
    public static ImageArchive assemble(
            Path archive,
            String reference,
            byte[] manifest,
            Digest configuration,
            List<Digest> layers,
            SequencedMap<Digest, Path> blobs)
            throws IOException {
        ArchiveForm.write(archive, reference, manifest, configuration, layers, blobs);
        return ImageArchive.read(archive);
    }
}
