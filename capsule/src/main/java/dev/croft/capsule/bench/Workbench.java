package dev.croft.capsule.bench;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Hash;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** What the measurements share: a scratch directory, capsules in it, and the bare primitives they are set against. */
final class Workbench {
    private final Path scratch;
    private final Duration each;
    private int made;

    Workbench(Path scratch, Duration each) {
        this.scratch = scratch;
        this.each = each;
    }

    /** About how long a measurement takes. */
    Duration each() {
        return each;
    }

    /** A path in the scratch directory that nothing has yet. */
    Path fresh(String name) {
        return scratch.resolve(name + made++);
    }

    /** The keys of a capsule. */
    record Keys(SigningKey writer, ReaderKey reader) {
        static Keys fresh() {
            return new Keys(SigningKey.generate(), ReaderKey.generate());
        }

        CapsuleMetadata metadata() {
            return CapsuleMetadata.create(writer.verifyingKey(), writer.verifyingKey(), "bench");
        }

        CapsuleWriter create(Path directory) {
            return CapsuleWriter.create(directory, metadata(), writer, List.of(reader.publicKey()));
        }
    }

    static void fill(Keys keys, Path directory, int records, int batch, int bodyBytes) {
        byte[] body = body(bodyBytes);
        try (CapsuleWriter writer = keys.create(directory)) {
            for (int done = 0; done < records; done += batch) {
                writer.append(Collections.nCopies(Math.min(batch, records - done), body));
            }
        }
    }

    /** SHA-256 of bodies, one by one. */
    static void hash(long times, int bodyBytes) {
        byte[] body = body(bodyBytes);
        MessageDigest sha = Hash.digest();
        for (long i = 0; i < times; i++) {
            sha.update(body);
            sha.digest();
        }
    }

    /** AES-256-GCM of bodies, one by one. */
    static void seal(long times, int bodyBytes) {
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

    static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(body);
        return body;
    }

    void warm(Runnable work) {
        long start = System.nanoTime();
        for (int i = 0; i < 20_000 && System.nanoTime() - start < each.toNanos(); i++) {
            work.run();
        }
    }

    /** Does this again and again for the time of one measurement; returns how often. */
    long repeat(Runnable work) {
        long start = System.nanoTime();
        long times = 0;
        while (System.nanoTime() - start < each.toNanos()) {
            work.run();
            times++;
        }
        return times;
    }

    /** Seconds since {@link System#nanoTime} said {@code start}. */
    static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Takes the files of a directory out of the page cache; false where that cannot be had. */
    static boolean evict(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                Process dd = new ProcessBuilder(
                                "dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none")
                        .redirectErrorStream(true)
                        .start();
                if (dd.waitFor() != 0) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (IOException none) {
            return false;
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            walk.forEach(paths::add);
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
