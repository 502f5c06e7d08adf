package dev.croft.capsule.tlog;

import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.CapsuleTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A capsule's tree in the files other tools serve and read: c2sp.org/tlog-tiles and c2sp.org/tlog-proof. An entry is a record
 * header, which names the sealed body by its hash, so nothing secret and no body leaves.
 */
public final class TlogExport {
    private static final int TILE = 256;

    private TlogExport() {}

    /**
     * One record's inclusion as a {@code .tlog-proof}.
     *
     * @param writerKey signs the checkpoint
     */
    public static String proof(CapsuleTree tree, long sequence, SigningKey writerKey) {
        StringBuilder text = new StringBuilder("c2sp.org/tlog-proof@v1\nindex ")
                .append(sequence)
                .append('\n');
        for (Hash hash : tree.auditPath(sequence)) {
            text.append(Base64.getEncoder().encodeToString(hash.bytes())).append('\n');
        }
        return text.append('\n')
                .append(Checkpoint.of(tree.head()).sign(writerKey))
                .toString();
    }

    /**
     * Writes {@code checkpoint}, {@code tile/} and {@code tile/entries/} under a directory, to be served as they are. Full tiles
     * that are there already are left, as they never change; the checkpoint is written last.
     */
    public static void tiles(CapsuleTree tree, SigningKey writerKey, Path directory) throws IOException {
        long size = tree.head().size();
        for (int level = 0; size >>> 8 * level > 0; level++) {
            long nodes = size >>> 8 * level;
            for (long tile = 0; tile * TILE < nodes; tile++) {
                int width = (int) Math.min(TILE, nodes - tile * TILE);
                Path path = directory.resolve("tile/" + level + "/" + path(tile, width));
                if (width < TILE || !Files.exists(path)) {
                    ByteWriter out = new ByteWriter();
                    for (int i = 0; i < width; i++) {
                        out.bytes(tree.subtree(8 * level, tile * TILE + i).bytes());
                    }
                    write(path, out.toBytes());
                }
                if (level == 0) {
                    entries(tree, directory.resolve("tile/entries/" + path(tile, width)), tile, width);
                }
            }
        }
        write(
                directory.resolve("checkpoint"),
                Checkpoint.of(tree.head()).sign(writerKey).getBytes(StandardCharsets.UTF_8));
    }

    private static void entries(CapsuleTree tree, Path path, long tile, int width) throws IOException {
        if (width == TILE && Files.exists(path)) {
            return;
        }
        ByteWriter out = new ByteWriter();
        for (int i = 0; i < width; i++) {
            byte[] entry = tree.header(tile * TILE + i).encoded();
            out.u16(entry.length).bytes(entry);
        }
        write(path, out.toBytes());
    }

    /** {@code x001/x234/067} for tile 1234067, with {@code .p/W} for one of fewer than 256. */
    static String path(long tile, int width) {
        List<String> parts = new ArrayList<>();
        parts.add("%03d".formatted(tile % 1000));
        for (long rest = tile / 1000; rest > 0; rest /= 1000) {
            parts.addFirst("x%03d".formatted(rest % 1000));
        }
        return String.join("/", parts) + (width < TILE ? ".p/" + width : "");
    }

    private static void write(Path path, byte[] bytes) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.write(path, bytes);
    }
}
