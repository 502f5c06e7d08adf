package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static dev.croft.capsule.TestCapsule.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TamperTest {
    @TempDir
    Path temp;

    private TestCapsule capsule;
    private Heartbeat head;

    /** Three segments with batches of several sizes, two epochs. */
    @BeforeEach
    void write() {
        capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withSegmentBytes(4096))) {
            for (int i = 0; i < 20; i++) {
                writer.append(bodies(10 * i, 1 + i % 4));
            }
            writer.rotate(List.of(capsule.reader().publicKey()));
            writer.append(
                    List.of(body(900), body(901)),
                    List.of(new HashPointer(2, writer.header(2).hash())));
            head = writer.head();
        }
        assertThat(segments()).hasSizeGreaterThan(2);
        assertThat(verify().intact()).isTrue();
    }

    @Test
    void everyFlippedByteIsFoundInTheFrameWhereItIs() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        for (Path segment : segments()) {
            byte[] good = Files.readAllBytes(segment);
            List<Integer> frames = frames(good);
            for (int at = 0; at < good.length; at++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(segment, bad);
                VerificationReport report = verify();
                assertThat(report.intact()).as("byte %d of %s", at, segment).isFalse();
                int changed = at;
                int frame = frames.stream().filter(f -> f <= changed).reduce(0, (a, b) -> b);
                assertThat(report.position())
                        .as("byte %d of %s: %s", at, segment, report)
                        .isNotNull()
                        .satisfies(found -> {
                            assertThat(found.file()).isEqualTo("segments/" + segment.getFileName());
                            assertThat(found.offset()).isEqualTo(frame);
                        });
            }
            Files.write(segment, good);
        }
    }

    @Test
    void everyFlippedBitOfMetadataAndKeysIsFound() throws IOException {
        for (Path file : List.of(
                capsule.directory().resolve("metadata"),
                capsule.directory().resolve("keys").resolve(EpochKeys.fileName(0)),
                capsule.directory().resolve("keys").resolve(EpochKeys.fileName(1)))) {
            byte[] good = Files.readAllBytes(file);
            for (int bit = 0; bit < good.length * 8; bit++) {
                byte[] bad = good.clone();
                bad[bit / 8] ^= (byte) (1 << bit % 8);
                Files.write(file, bad);
                assertThat(verify().intact()).as("bit %d of %s", bit, file).isFalse();
            }
            Files.write(file, good);
        }
    }

    @Test
    void everyCutIsFoundAndOneAtAHeartbeatByTheKnownHead() throws IOException {
        Path last = segments().getLast();
        byte[] good = Files.readAllBytes(last);
        List<Integer> ends = heartbeatEnds(good);
        for (int length = 0; length < good.length; length++) {
            Files.write(last, Arrays.copyOf(good, length));
            boolean atHeartbeat = ends.contains(length);
            VerificationReport alone = verify();
            assertThat(alone.intact()).as("cut to %d", length).isEqualTo(atHeartbeat);
            assertThat(CapsuleVerifier.verify(capsule.directory(), head).intact())
                    .isFalse();
        }
    }

    @Test
    void aMissingSegmentIsFound() throws IOException {
        for (Path segment : segments()) {
            byte[] good = Files.readAllBytes(segment);
            Files.delete(segment);
            assertThat(CapsuleVerifier.verify(capsule.directory(), head).intact())
                    .isFalse();
            boolean last = segment.equals(segments(good, segment));
            if (!last) {
                assertThat(verify().intact()).as("without %s", segment).isFalse();
            }
            Files.write(segment, good);
        }
    }

    @Test
    void framesThatAreLeftOutRepeatedSwappedOrForeignAreFound() throws IOException {
        TestCapsule foreign = TestCapsule.in(temp.resolve("foreign"));
        try (CapsuleWriter writer = foreign.create()) {
            writer.append(bodies(0, 40));
        }
        byte[] strangers = Files.readAllBytes(foreign.directory().resolve("segments/" + SegmentFiles.fileName(0)));
        List<byte[]> strange = split(strangers);
        record Change(int kind, int at, int other) {}
        List<Path> segments = segments();
        Seeded.forAll(
                150,
                4,
                random -> new Change(random.nextInt(4), random.nextInt(1 << 20), random.nextInt(1 << 20)),
                changes -> {
                    for (Path segment : segments) {
                        byte[] good = Files.readAllBytes(segment);
                        List<byte[]> parts = split(good);
                        for (Change change : changes) {
                            int at = 1 + change.at() % (parts.size() - 1);
                            int other = 1 + change.other() % (parts.size() - 1);
                            switch (change.kind()) {
                                case 0 -> parts.add(other, parts.get(at));
                                case 1 -> parts.add(other, parts.remove(at));
                                case 2 -> parts.set(at, strange.get(1 + change.other() % (strange.size() - 1)));
                                default -> {
                                    if (parts.size() > 2 && at < parts.size() - 1) {
                                        parts.remove(at);
                                    }
                                }
                            }
                        }
                        byte[] bad = join(parts);
                        if (!Arrays.equals(bad, good) && !isPrefix(bad, good)) {
                            Files.write(segment, bad);
                            try {
                                assertThat(verify().intact()).isFalse();
                            } finally {
                                Files.write(segment, good);
                            }
                        }
                    }
                });
    }

    @Test
    void aHistoryRewrittenWithoutTheWritersKeyIsFoundAtItsFirstHeartbeat() throws IOException {
        // A forger who replaces every signature by its own keeps all hashes consistent.
        Path first = segments().getFirst();
        for (Path later : segments().subList(1, segments().size())) {
            Files.delete(later);
        }
        byte[] good = Files.readAllBytes(first);
        List<byte[]> parts = split(good);
        var forger = SigningKey.generate();
        Heartbeat before = null;
        long forgedAt = -1;
        long offset = parts.getFirst().length;
        for (int i = 1; i < parts.size(); i++) {
            byte[] frame = parts.get(i);
            if (frame[4] == Frames.HEARTBEAT) {
                Heartbeat real =
                        Heartbeat.decode(capsule.metadata().name(), Arrays.copyOfRange(frame, 5, frame.length));
                if (real.size() >= 3) {
                    Heartbeat forged = Heartbeat.sign(
                            forger,
                            real.name(),
                            real.size(),
                            Times.micros(real.timestamp()),
                            real.headHash(),
                            real.root(),
                            before == null ? real.previous() : before.hash(),
                            real.epoch(),
                            real.keyCommitment());
                    System.arraycopy(forged.encoded(), 0, frame, 5, Heartbeat.LENGTH);
                    forgedAt = forgedAt < 0 ? offset : forgedAt;
                    before = forged;
                }
            }
            offset += frame.length;
        }
        Files.write(first, join(parts));
        VerificationReport report = verify();
        assertThat(report.flaw()).isEqualTo(Flaw.SIGNATURE);
        assertThat(report.position()).isEqualTo(new Position("segments/" + first.getFileName(), forgedAt, 3));
    }

    @Test
    void anotherHistoryOfTheSameLengthIsNotTheExpectedHead() throws IOException {
        copy(capsule.directory(), temp.resolve("d"));
        TestCapsule twin = new TestCapsule(
                temp.resolve("d"), capsule.metadata(), capsule.owner(), capsule.writer(), capsule.reader());
        Heartbeat one;
        try (CapsuleWriter writer = capsule.open()) {
            writer.append(body(1));
            one = writer.head();
        }
        try (CapsuleWriter writer = twin.open()) {
            writer.append(body(2));
            writer.append(body(3));
        }
        assertThat(CapsuleVerifier.verify(twin.directory()).intact()).isTrue();
        assertThat(CapsuleVerifier.verify(twin.directory(), head).intact()).isTrue();
        assertThat(CapsuleVerifier.verify(twin.directory(), one).flaw()).isEqualTo(Flaw.HEAD);
    }

    @Test
    void aBrokenTailCacheOnlyCostsTime() throws IOException {
        Path tail = capsule.directory().resolve("tail");
        byte[] good = Files.readAllBytes(tail);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 200; i++) {
            byte[] bad = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (bad.length > 0) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(tail, bad);
            try (CapsuleReader reader = capsule.read()) {
                assertThat(reader.head()).isEqualTo(head);
            }
        }
    }

    private VerificationReport verify() {
        return CapsuleVerifier.verify(capsule.directory());
    }

    private List<Path> segments() {
        try (var files = Files.list(capsule.directory().resolve("segments"))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path segments(byte[] content, Path removed) throws IOException {
        Files.write(removed, content);
        Path last = segments().getLast();
        Files.delete(removed);
        return last;
    }

    /** The header, then each frame. */
    private List<byte[]> split(byte[] segment) {
        List<Integer> starts = frames(segment);
        List<byte[]> parts = new ArrayList<>();
        parts.add(Arrays.copyOf(segment, starts.getFirst()));
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? starts.get(i + 1) : segment.length;
            parts.add(Arrays.copyOfRange(segment, starts.get(i), end));
        }
        return parts;
    }

    private static List<Integer> frames(byte[] segment) {
        int headerTag = 2 + "croft/segment/v1".length();
        int at = headerTag + 32 + 8 + 1;
        if (segment[at - 1] == 1) {
            at += Heartbeat.LENGTH;
            at += 1 + 32 * segment[at];
        }
        List<Integer> starts = new ArrayList<>();
        while (at < segment.length) {
            starts.add(at);
            at += 4 + ByteBuffer.wrap(segment).getInt(at);
        }
        return starts;
    }

    private static List<Integer> heartbeatEnds(byte[] segment) {
        List<Integer> ends = new ArrayList<>();
        ends.add(frames(segment).getFirst());
        for (int start : frames(segment)) {
            if (segment[start + 4] == Frames.HEARTBEAT) {
                ends.add(start + Frames.HEARTBEAT_FRAME);
            }
        }
        return ends;
    }

    private static byte[] join(List<byte[]> parts) {
        ByteBuffer whole =
                ByteBuffer.allocate(parts.stream().mapToInt(p -> p.length).sum());
        parts.forEach(whole::put);
        return whole.array();
    }

    private static boolean isPrefix(byte[] shorter, byte[] longer) {
        return shorter.length <= longer.length && Arrays.equals(shorter, Arrays.copyOf(longer, shorter.length));
    }

    static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(dir)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
