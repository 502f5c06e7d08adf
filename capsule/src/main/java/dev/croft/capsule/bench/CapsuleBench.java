package dev.croft.capsule.bench;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Hash;
import dev.croft.capsule.VerificationReport;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Measures appending, verifying, opening and reading of a capsule in a scratch directory. Appending is set against writing
 * and syncing the same bytes in the same batches, verifying against SHA-256, AES-256-GCM and Ed25519 of the same bytes with
 * no structure around them.
 */
public final class CapsuleBench {
    private static final Duration TURN = Duration.ofMillis(50);

    private final Path scratch;
    private final Duration each;
    private int made;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param each about how long each measurement and each baseline takes
     */
    public CapsuleBench(Path scratch, Duration each) {
        this.scratch = scratch;
        this.each = each;
    }

    /**
     * Durable appends by one thread in batches, against hashing, sealing, one signature per batch, writing and syncing of the
     * same bodies. The two take turns, so that a disk or a neighbour that is slow for a while slows both.
     */
    public BenchResult append(int batch, int bodyBytes) throws IOException {
        List<byte[]> bodies = Collections.nCopies(batch, body(bodyBytes));
        Path directory = scratch.resolve("append" + made++);
        long commits = 0;
        double seconds = 0;
        double raw = 0;
        try (CapsuleWriter writer = Keys.fresh().create(directory);
                RawLog log = new RawLog(scratch.resolve("raw" + made++), batch, bodyBytes)) {
            warm(() -> {
                writer.append(bodies);
                log.append();
            });
            while (seconds + raw < 2 * each.toNanos() / 1e9) {
                long start = System.nanoTime();
                int turn = 0;
                do {
                    writer.append(bodies);
                    turn++;
                } while (System.nanoTime() - start < TURN.toNanos());
                seconds += since(start);
                start = System.nanoTime();
                for (int i = 0; i < turn; i++) {
                    log.append();
                }
                raw += since(start);
                commits += turn;
            }
        }
        delete(directory);
        return new BenchResult(
                "append, durable, batch " + batch + " x " + bodyBytes + " B",
                commits * batch,
                "records",
                seconds,
                raw,
                "SHA-256, AES-256-GCM, an Ed25519 signature, write and fdatasync of the same bodies");
    }

    /** Verifying a whole capsule, against hashing, sealing and one signature check per batch of the same bodies. */
    public BenchResult verify(int records, int batch, int bodyBytes) throws IOException {
        Keys keys = Keys.fresh();
        Path directory = scratch.resolve("verify" + made++);
        fill(keys, directory, records, batch, bodyBytes);
        double best = Double.MAX_VALUE;
        double raw = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            VerificationReport report = CapsuleVerifier.verify(directory);
            best = Math.min(best, since(start));
            if (!report.intact() || report.records() != records) {
                throw new IllegalStateException("a fresh capsule does not verify: " + report);
            }
            raw = Math.min(raw, rawVerify(records, batch, bodyBytes));
        }
        delete(directory);
        return new BenchResult(
                "verify, batch " + batch + " x " + bodyBytes + " B",
                (long) records * bodyBytes,
                "bytes",
                best,
                raw,
                "SHA-256, AES-256-GCM and an Ed25519 check per batch of the same bodies, one thread");
    }

    /** Opening a capsule of this many records for reading, against reading one record of it. */
    public BenchResult open(int records, int bodyBytes) throws IOException {
        Keys keys = Keys.fresh();
        Path directory = scratch.resolve("open" + made++);
        fill(keys, directory, records, 4096, bodyBytes);
        double best = Double.MAX_VALUE;
        double read = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            try (CapsuleReader reader = CapsuleReader.open(directory, keys.reader())) {
                best = Math.min(best, since(start));
                start = System.nanoTime();
                reader.read(records / 2);
                read = Math.min(read, since(start));
            }
        }
        delete(directory);
        return new BenchResult(
                "open, " + records + " records", 1, "openings", best, read, "first read of a record in the middle");
    }

    /** Random reads of sealed records, against AES-256-GCM of the same bodies in memory. */
    public BenchResult read(int records, int bodyBytes) throws IOException {
        Keys keys = Keys.fresh();
        Path directory = scratch.resolve("read" + made++);
        fill(keys, directory, records, 4096, bodyBytes);
        long reads = 0;
        double seconds;
        SplittableRandom random = new SplittableRandom(1);
        try (CapsuleReader reader = CapsuleReader.open(directory, keys.reader())) {
            warm(() -> reader.read(random.nextInt(records)));
            long start = System.nanoTime();
            while (System.nanoTime() - start < each.toNanos()) {
                reader.read(random.nextInt(records));
                reads++;
            }
            seconds = since(start);
        }
        delete(directory);
        long start = System.nanoTime();
        seal(reads, bodyBytes);
        return new BenchResult(
                "random read, " + bodyBytes + " B",
                reads,
                "records",
                seconds,
                since(start),
                "AES-256-GCM of the same bodies in memory");
    }

    private record Keys(SigningKey writer, ReaderKey reader) {
        static Keys fresh() {
            return new Keys(SigningKey.generate(), ReaderKey.generate());
        }

        CapsuleWriter create(Path directory) {
            var metadata = CapsuleMetadata.create(writer.verifyingKey(), writer.verifyingKey(), "bench");
            return CapsuleWriter.create(directory, metadata, writer, List.of(reader.publicKey()));
        }
    }

    private static void fill(Keys keys, Path directory, int records, int batch, int bodyBytes) {
        byte[] body = body(bodyBytes);
        try (CapsuleWriter writer = keys.create(directory)) {
            for (int done = 0; done < records; done += batch) {
                writer.append(Collections.nCopies(Math.min(batch, records - done), body));
            }
        }
    }

    /** A file to which batches are written with the same primitives and no structure. */
    private static final class RawLog implements AutoCloseable {
        private final Path file;
        private final FileChannel channel;
        private final int batch;
        private final int bodyBytes;
        private final byte[] block;
        private final byte[] head = body(128);
        private final SigningKey key = SigningKey.generate();

        RawLog(Path file, int batch, int bodyBytes) throws IOException {
            this.file = file;
            this.batch = batch;
            this.bodyBytes = bodyBytes;
            block = body(batch * bodyBytes);
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        void append() {
            hash(batch, bodyBytes);
            seal(batch, bodyBytes);
            key.sign(head);
            try {
                channel.write(ByteBuffer.wrap(block));
                channel.force(false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }

    private static double rawVerify(int records, int batch, int bodyBytes) {
        byte[] body = body(bodyBytes);
        SigningKey key = SigningKey.generate();
        byte[] signature = key.sign(body);
        long start = System.nanoTime();
        hash(records, bodyBytes);
        seal(records, bodyBytes);
        for (int i = 0; i < records / batch; i++) {
            key.verifyingKey().verify(body, signature);
        }
        return since(start);
    }

    private static void hash(int times, int bodyBytes) {
        byte[] body = body(bodyBytes);
        MessageDigest sha = Hash.digest();
        for (int i = 0; i < times; i++) {
            sha.update(body);
            sha.digest();
        }
    }

    private static void seal(long times, int bodyBytes) {
        byte[] body = body(bodyBytes);
        byte[] out = new byte[bodyBytes + 16];
        byte[] nonce = new byte[12];
        SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            for (long i = 0; i < times; i++) {
                ByteBuffer.wrap(nonce).putLong(i);
                cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
                cipher.doFinal(body, 0, bodyBytes, out, 0);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    private static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(body);
        return body;
    }

    private void warm(Runnable work) {
        long start = System.nanoTime();
        for (int i = 0; i < 20_000 && System.nanoTime() - start < each.toNanos(); i++) {
            work.run();
        }
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void delete(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            walk.forEach(paths::add);
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
