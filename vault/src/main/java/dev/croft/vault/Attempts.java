package dev.croft.vault;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Counts keys that were tried and makes each next one wait: three at once, then a second, doubled each time up to an hour. The count is on
 * disk before a key is looked at, so neither a crash nor a restart gives a try for free. For one thread.
 */
final class Attempts {
    private static final int FREE = 3;
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Path file;
    private int tried;
    private Instant last = Instant.EPOCH;

    Attempts(Path directory) throws IOException {
        this.file = directory.resolve("attempts");
        var content = DurableFile.read(file, 100);
        if (content.isPresent()) {
            String[] parts =
                    new String(content.get(), StandardCharsets.US_ASCII).strip().split(" ");
            try {
                tried = Integer.parseInt(parts[0]);
                last = Instant.ofEpochMilli(Long.parseLong(parts[1]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IOException(file + " is damaged", e);
            }
        }
    }

    /** How long the next try must wait, in seconds rounded up. */
    long waitSeconds(Instant now) {
        if (tried < FREE) {
            return 0;
        }
        Duration delay = Duration.ofSeconds(1L << Math.min(tried - FREE, 30));
        Instant next = last.plus(delay.compareTo(LONGEST) > 0 ? LONGEST : delay);
        // A clock set back must not lock the owner out for longer than the delay itself.
        Duration left = Duration.between(now.isBefore(last) ? last : now, next);
        return left.isPositive() ? left.plusMillis(999).toSeconds() : 0;
    }

    /** Counts a try that begins now. */
    void begin(Instant now) throws IOException {
        long wait = waitSeconds(now);
        if (wait > 0) {
            throw new ProblemException(ProblemCode.ATTEMPTS_LIMITED, "too many wrong keys; wait " + wait + " s", wait);
        }
        DurableFile.write(file, ((tried + 1) + " " + now.toEpochMilli()).getBytes(StandardCharsets.US_ASCII));
        tried++;
        last = now;
    }

    /** The key was right. */
    void forget() throws IOException {
        tried = 0;
        Files.deleteIfExists(file);
    }
}
