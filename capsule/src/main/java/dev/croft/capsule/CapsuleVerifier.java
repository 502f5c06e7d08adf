package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks a whole capsule, byte by byte, without any decryption key: every record's place, content and links, every
 * heartbeat's Merkle root, and the writer's signature over it all. Reads each byte once with bounded memory.
 *
 * <p>On a capsule that is being appended to, what its writer has begun to write and not yet acknowledged shows as a torn tail;
 * everything up to the head in the report is sound nevertheless.
 *
 * <p>What was cut off at a heartbeat, back to an earlier state of the same capsule, cannot be told from the files alone:
 * give the newest head known from elsewhere to {@link #verify(Path, Heartbeat)}. Files that are only caches ({@code tail},
 * {@code lock}) are not looked at.
 */
public final class CapsuleVerifier {
    private final Path directory;
    private final List<Integer> shredded = new ArrayList<>();
    private final List<Integer> withoutKeys = new ArrayList<>();

    private CapsuleVerifier(Path directory) {
        this.directory = directory;
    }

    /** Checks the capsule in a directory, whichever it is; the report names it. */
    public static VerificationReport verify(Path directory) {
        return new CapsuleVerifier(directory).run(null, null);
    }

    /** Checks that the directory holds this capsule, sound. */
    public static VerificationReport verify(Path directory, CapsuleName name) {
        return new CapsuleVerifier(directory).run(name, null);
    }

    /**
     * Checks that the directory holds the capsule of a head known from elsewhere, sound, and goes on from that head: nothing
     * that was under it was cut off or exchanged.
     */
    public static VerificationReport verify(Path directory, Heartbeat expectedHead) {
        return new CapsuleVerifier(directory).run(expectedHead.name(), expectedHead);
    }

    private VerificationReport run(@Nullable CapsuleName expectedName, @Nullable Heartbeat expectedHead) {
        CapsuleMetadata metadata;
        try {
            metadata = CapsuleDirectory.metadata(directory);
        } catch (CapsuleException.Damaged e) {
            return report(expectedName, null, fault(e.flaw(), e.position(), "the metadata are malformed"));
        }
        CapsuleName name = metadata.name();
        if (expectedName != null && !expectedName.equals(name)) {
            return report(
                    name,
                    null,
                    fault(
                            Flaw.METADATA,
                            new Position(CapsuleDirectory.METADATA, 0, 0),
                            "this is the capsule " + name + ", not " + expectedName));
        }
        Path segments = directory.resolve(CapsuleDirectory.SEGMENTS);
        try (SegmentFiles files = new SegmentFiles(segments, Disk.system(), false)) {
            LogScan scan = begin(files, metadata, false, expectedHead);
            LogScan.Fault fault = scan == null ? noStart(files) : walk(scan, files, metadata);
            if (fault == null && scan != null && !scan.good().signed()) {
                // Only the last signature was checked; now find the first heartbeat that lacks one.
                scan = begin(files, metadata, true, expectedHead);
                fault = scan == null ? noStart(files) : walk(scan, files, metadata);
            }
            if (fault == null && scan != null) {
                fault = checkKeys(metadata, scan);
            }
            if (fault == null && scan != null && expectedHead != null) {
                fault = checkHead(scan, files, metadata, expectedHead);
            }
            return report(name, scan, fault);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("verifying", e);
        }
    }

    private static @Nullable LogScan begin(
            SegmentFiles files, CapsuleMetadata metadata, boolean everySignature, @Nullable Heartbeat watched)
            throws IOException {
        try {
            if (files.list().isEmpty() || files.list().first() != 0) {
                return null;
            }
            LogScan scan = LogScan.fromSegment(files, metadata, 0, everySignature);
            scan.watch(watched);
            return scan;
        } catch (Malformed e) {
            return null;
        }
    }

    private static LogScan.Fault noStart(SegmentFiles files) {
        return fault(
                Flaw.SEGMENT_HEADER,
                new Position(files.label(0), 0, 0),
                "the first segment is missing, or does not belong to this capsule");
    }

    private static LogScan.@Nullable Fault walk(LogScan scan, SegmentFiles files, CapsuleMetadata metadata)
            throws IOException {
        // Listed before the scan: what a writer adds later is none of its business.
        NavigableSet<Long> segments = files.list();
        LogScan.Stop stop = scan.settle();
        NavigableSet<Long> later = segments.tailSet(scan.segment(), false);
        if (stop == LogScan.Stop.FAULT) {
            LogScan.Fault fault = scan.fault();
            return fault.flaw() == Flaw.TORN_TAIL && later.size() > 1
                    ? fault(Flaw.SEGMENT_HEADER, fault.position(), fault.detail())
                    : fault;
        }
        Position here = new Position(
                files.label(scan.goodSegment()), scan.goodOffset(), scan.good().size());
        if (stop == LogScan.Stop.AT_HEARTBEAT) {
            return later.isEmpty()
                    ? null
                    : fault(
                            Flaw.SEGMENT_HEADER,
                            here,
                            "the segment " + files.label(later.first()) + " does not follow");
        }
        boolean torn = later.isEmpty()
                && !Recovery.heartbeatBehind(
                        files.file(scan.segment()),
                        scan.goodOffset(),
                        scan.good().size(),
                        metadata);
        return torn
                ? fault(Flaw.TORN_TAIL, here, "there are bytes behind the last heartbeat")
                : fault(Flaw.FRAME, scan.here(), "frames that do not end, with signed heartbeats behind them");
    }

    private LogScan.@Nullable Fault checkKeys(CapsuleMetadata metadata, LogScan scan) {
        EpochKeys keys = new EpochKeys(directory, metadata, null);
        Heartbeat last = scan.good().last();
        for (int epoch = 0; last != null && epoch <= last.epoch(); epoch++) {
            Optional<KeyFile> file;
            try {
                file = keys.find(epoch);
            } catch (CapsuleException.Damaged e) {
                return fault(e.flaw(), e.position(), "the data keys are not as the writer signed them");
            }
            if (file.isEmpty()) {
                withoutKeys.add(epoch);
            } else if (!scan.committed(epoch, file.get().commitment())) {
                return fault(
                        Flaw.KEYS,
                        new Position("keys/" + EpochKeys.fileName(epoch), 0, 0),
                        "the data key is not the one the heartbeats commit to");
            } else if (file.get().isShredded()) {
                shredded.add(epoch);
            }
        }
        return null;
    }

    private static LogScan.@Nullable Fault checkHead(
            LogScan scan, SegmentFiles files, CapsuleMetadata metadata, Heartbeat expected) throws IOException {
        Position end = new Position(
                files.label(scan.goodSegment()), scan.goodOffset(), scan.good().size());
        if (!expected.verify(metadata.writerKey())) {
            return fault(Flaw.HEAD, end, "the expected head is not signed by this capsule's writer");
        }
        if (expected.size() > scan.good().size()) {
            return fault(
                    Flaw.HEAD, end, "the capsule ends before the expected head of " + expected.size() + " records");
        }
        return scan.watchedRootHolds()
                ? null
                : fault(Flaw.HEAD, end, "the capsule is another history than that of the expected head");
    }

    private static LogScan.Fault fault(Flaw flaw, Position position, String detail) {
        return new LogScan.Fault(flaw, position, detail);
    }

    private VerificationReport report(
            @Nullable CapsuleName name, @Nullable LogScan scan, LogScan.@Nullable Fault fault) {
        return new VerificationReport(
                name,
                scan == null ? 0 : scan.good().size(),
                scan == null ? 0 : scan.bytes(),
                scan == null || !scan.good().signed() ? null : scan.good().last(),
                fault == null ? null : fault.flaw(),
                fault == null ? null : fault.position(),
                fault == null ? "" : fault.detail(),
                shredded,
                withoutKeys);
    }
}
