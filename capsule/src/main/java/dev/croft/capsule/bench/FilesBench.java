package dev.croft.capsule.bench;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.files.CapsuleFileSystem;
import dev.croft.capsule.mount.Mount;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Loading a model file whole, through the file view of a capsule's copy on this machine, turn by turn with the same bytes as a plain local file and, where
 * there is one, from an S3-compatible store behind links of 1 Gbit/s and 100 Mbit/s with 1 ms each way. Ours also decrypts and authenticates; all of it is warm in the
 * page cache. The links are made by a relay in this process ({@link ShapedLink}).
 */
public final class FilesBench {
    private static final int MILLION = 1_000_000;
    private static final int BLOCK = 1 << 20;

    private final Workbench workbench;
    private final int bytes;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param megabytes how large the model is
     */
    public FilesBench(Path scratch, int megabytes) {
        this.workbench = new Workbench(scratch, Duration.ZERO);
        this.bytes = megabytes * MILLION;
    }

    private interface Load {
        long run() throws IOException;
    }

    /** Stores the model and measures. */
    public void run(Consumer<BenchResult> found) throws IOException, InterruptedException {
        byte[] model = new byte[bytes];
        new SplittableRandom(7).nextBytes(model);
        Path folder = Files.createDirectory(workbench.fresh("files"));
        Path local = Files.write(folder.resolve("model"), model);
        Path capsule = folder.resolve("capsule");
        Workbench.Keys keys = Workbench.Keys.fresh();
        store(keys, capsule, model, local, found);
        try (CapsuleReader reader = CapsuleReader.open(capsule, keys.reader());
                CapsuleFileSystem system = CapsuleFileSystem.of(reader)) {
            Path inCapsule = system.getPath("/model");
            int turns = 5;
            found.accept(compare("file view", turns, () -> load(inCapsule), "the plain local file", () -> load(local)));
            mounted(system, folder, local, turns, found);
            Path jars = S3Store.jars();
            if (jars != null) {
                links(jars, folder, model, inCapsule, found);
            }
        }
        Workbench.delete(folder);
    }

    private void store(Workbench.Keys keys, Path capsule, byte[] model, Path local, Consumer<BenchResult> found)
            throws IOException {
        long start = System.nanoTime();
        Path copy = local.resolveSibling("copy");
        try (var out = FileChannel.open(copy, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(model));
            out.force(true);
        }
        double plain = Workbench.since(start);
        start = System.nanoTime();
        try (CapsuleWriter writer = keys.create(capsule);
                CapsuleFileSystem system = CapsuleFileSystem.of(writer)) {
            Files.write(system.getPath("/model"), model);
            system.sync();
        }
        found.accept(result("stored durably in a capsule", 1, Workbench.since(start), plain, "a plain file, synced"));
        Files.delete(copy);
    }

    private void mounted(CapsuleFileSystem system, Path folder, Path local, int turns, Consumer<BenchResult> found)
            throws IOException {
        if (Mount.available()) {
            Path point = Files.createDirectory(folder.resolve("mounted"));
            try (Mount _ = Mount.open(system.at(system.size()), point, folder, Duration.ZERO, false)) {
                // One past state is kept in the kernel's cache: the first load of the pair is what goes through ours.
                found.accept(compare(
                        "folder mounted by FUSE, first load",
                        1,
                        () -> load(point.resolve("model")),
                        "the plain local file",
                        () -> load(local)));
            }
        }
    }

    private void links(Path jars, Path folder, byte[] model, Path inCapsule, Consumer<BenchResult> found)
            throws IOException, InterruptedException {
        try (S3Store store = S3Store.start(jars, folder)) {
            store.put("model", model);
            Load straight = () -> store.get(store.port(), "model", bytes).length;
            found.accept(
                    compare("file view", 3, () -> load(inCapsule), "S3 store (s3proxy) on this machine", straight));
            for (int megabits : new int[] {1000, 100}) {
                try (ShapedLink link = new ShapedLink(store.port(), megabits * (long) MILLION, MILLION)) {
                    Load far = () -> store.get(link.port(), "model", bytes).length;
                    String name = "S3 store (s3proxy), " + megabits + " Mbit/s, 1 ms each way";
                    found.accept(compare("file view", megabits == 100 ? 1 : 3, () -> load(inCapsule), name, far));
                }
            }
        }
    }

    private BenchResult compare(String what, int turns, Load ours, String baseline, Load theirs) throws IOException {
        double mine = 0;
        double other = 0;
        // Where there are turns enough the first warms both up.
        for (int turn = turns < 3 ? 1 : 0; turn <= (turns < 3 ? turns : turns - 1); turn++) {
            double first = time(ours);
            double second = time(theirs);
            mine += turn > 0 ? first : 0;
            other += turn > 0 ? second : 0;
        }
        return result("model loaded through the " + what, turns < 3 ? turns : turns - 1, mine, other, baseline);
    }

    private BenchResult result(String what, int times, double seconds, double baseline, String name) {
        return new BenchResult(
                bytes / MILLION + " MB, " + what, (long) times * bytes / MILLION, "MB", seconds, baseline, name);
    }

    private double time(Load load) throws IOException {
        long start = System.nanoTime();
        if (load.run() != bytes) {
            throw new IllegalStateException("a part of the model is missing");
        }
        return Workbench.since(start);
    }

    private static long load(Path file) {
        byte[] block = new byte[BLOCK];
        long total = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                total += count;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return total;
    }
}
