package dev.croft.app.cli;

import dev.croft.app.mobility.MobilityFormat;
import dev.croft.mobility.entry.EntryException;
import dev.croft.mobility.entry.EntryParts;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.UnreachableException;
import dev.croft.vault.api.UploadReport;
import dev.croft.vault.api.VaultException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Sends a file of entries that may be larger than is taken at once, in parts, each durable when the next one begins. Sent again after it broke off,
 * what is there already is recognised. Memory is bounded by one part, here and at the private cloud.
 */
final class PartedUpload {
    private static final int EXAMPLES = 20;
    private static final int TRIES = 5;

    private final CloudClient cloud;
    private final long plainBytes;
    private final Progress progress;
    private final Map<String, Long> reasons = new TreeMap<>();
    private final List<UploadReport.RefusedEntry> examples = new ArrayList<>();
    private long taken;
    private long alreadyThere;
    private long refused;

    /** @param plainBytes files of at most so many bytes, packed and unpacked, are sent as they are, of larger ones so much JSON at a time */
    PartedUpload(CloudClient cloud, long plainBytes, Progress progress) {
        this.cloud = cloud;
        this.plainBytes = plainBytes;
        this.progress = progress;
    }

    /** Sends it; for one file. */
    UploadReport of(Path file) throws IOException {
        if (!isLarge(file, plainBytes)) {
            UploadReport report = cloud.upload(file, MobilityFormat.NAME);
            progress.step(Files.size(file));
            return report;
        }
        long before = 0;
        try (EntryParts parts = EntryParts.open(new Told(Files.newInputStream(file)), Math.toIntExact(plainBytes))) {
            for (Optional<byte[]> part = parts.next(); part.isPresent(); part = parts.next()) {
                add(send(part.get()), before);
                before = parts.entries();
            }
            if (parts.broken().isPresent()) {
                EntryException broken = parts.broken().get();
                refuse("unreadable-from-here", 1);
                examples.add(new UploadReport.RefusedEntry(broken.index(), String.valueOf(broken.getMessage())));
            }
        } catch (VaultException e) {
            if (before > 0) {
                throw new CommandException(
                        Failures.of(e).status(),
                        "%s: %s; its first %d entries are stored, and the same command again goes on"
                                .formatted(file, e.getMessage(), before),
                        e);
            }
            throw e;
        }
        return new UploadReport(taken, alreadyThere, refused, Map.copyOf(reasons), List.copyOf(examples));
    }

    /** Whether it holds more than that, once unpacked. */
    static boolean isLarge(Path file, long plainBytes) throws IOException {
        if (Files.size(file) > plainBytes) {
            return true;
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            in.mark(2);
            boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            if (gzip) {
                new GZIPInputStream(in, 1 << 16).skipNBytes(plainBytes + 1);
                return true;
            }
        } catch (EOFException | ZipException e) {
            // That was all of it, or it is damaged, which is for the private cloud to say.
            return false;
        }
        return false;
    }

    /** A part that may have arrived or not is sent again: what is there already is recognised. */
    private UploadReport send(byte[] part) {
        for (int tries = 1; ; tries++) {
            try {
                return cloud.upload(part, MobilityFormat.NAME);
            } catch (UnreachableException e) {
                if (tries == TRIES) {
                    throw e;
                }
                // Each waits twice as long: half a minute in all, in which a router or a host starts again.
                LockSupport.parkNanos(Duration.ofSeconds(1L << tries).toNanos());
            }
        }
    }

    private void add(UploadReport part, long before) {
        taken += part.taken();
        alreadyThere += part.alreadyThere();
        part.reasons().forEach(this::refuse);
        part.examples().stream()
                .limit(EXAMPLES - examples.size())
                .map(example -> new UploadReport.RefusedEntry(before + example.index(), example.reason()))
                .forEach(examples::add);
    }

    private void refuse(String reason, long count) {
        refused += count;
        reasons.merge(reason, count, Long::sum);
    }

    /** Tells how much of the file has been read. */
    private final class Told extends FilterInputStream {
        Told(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            progress.step(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            progress.step(Math.max(n, 0));
            return n;
        }
    }
}
