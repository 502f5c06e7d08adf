package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static dev.croft.capsule.TestCapsule.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleReplicaTest {
    private static final CapsuleOptions SMALL = CapsuleOptions.standard().withSegmentBytes(4096);

    @TempDir
    Path temp;

    private CapsuleReplica replica(TestCapsule capsule, String directory) {
        return CapsuleReplica.open(temp.resolve(directory), capsule.metadata(), SMALL.withSegmentBytes(6000));
    }

    @Test
    void replicasCatchUpFromTheWriterAndFromEachOtherAndSurviveARestart() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(SMALL);
                CapsuleReader reader = capsule.read()) {
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < 9; i++) {
                    writer.append(bodies(round * 100 + i * 10, 1 + i % 4));
                }
                if (round == 2) {
                    writer.rotate(List.of(capsule.reader().publicKey()));
                    writer.shred(0);
                }
                writer.pulse();
                reader.refresh();
                try (CapsuleReplica one = replica(capsule, "one");
                        CapsuleReplica two = replica(capsule, "two")) {
                    assertThat(one.catchUp(reader)).isPositive();
                    assertThat(one.head()).contains(writer.head());
                    assertThat(one.catchUp(reader)).isZero();
                    try (CapsuleReader other = CapsuleReader.open(temp.resolve("one"), null)) {
                        two.catchUp(other);
                    }
                    assertThat(two.head()).contains(writer.head());
                }
                for (String directory : List.of("one", "two")) {
                    VerificationReport report = CapsuleVerifier.verify(temp.resolve(directory), writer.head());
                    assertThat(report.intact()).as("%s", report).isTrue();
                    assertThat(report.shreddedEpochs()).isEqualTo(round < 2 ? List.of() : List.of(0));
                }
            }
            try (CapsuleReader copy = CapsuleReader.open(temp.resolve("two"), capsule.reader())) {
                long last = copy.size() - 1;
                assertThat(copy.read(last).body()).isEqualTo(writer.read(last).body());
            }
        }
    }

    @Test
    void nothingChangedCutForeignOrOutOfOrderIsStored() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        TestCapsule foreign = TestCapsule.in(temp.resolve("f"));
        byte[] first;
        byte[] second;
        byte[] strange;
        try (CapsuleWriter writer = capsule.create();
                CapsuleReader reader = capsule.read();
                CapsuleWriter other = foreign.create()) {
            writer.append(bodies(0, 3));
            Heartbeat between = reader.refresh();
            first = reader.framesAfter(null, 1 << 20).orElseThrow();
            writer.append(bodies(3, 3));
            reader.refresh();
            second = reader.framesAfter(between, 1 << 20).orElseThrow();
            other.append(body(0));
            try (CapsuleReader strangers = foreign.read()) {
                strange = strangers.framesAfter(null, 1 << 20).orElseThrow();
                assertThat(strangers.framesAfter(between, 1)).isEmpty();
            }
        }
        SplittableRandom random = new SplittableRandom(4);
        try (CapsuleReplica replica = replica(capsule, "r")) {
            assertThatThrownBy(() -> replica.accept(second)).isInstanceOf(CapsuleReplica.Refused.class);
            assertThatThrownBy(() -> replica.accept(strange)).isInstanceOf(CapsuleReplica.Refused.class);
            replica.accept(first);
            Optional<Heartbeat> head = replica.head();
            for (int at = 0; at < second.length; at++) {
                byte[] bad = second.clone();
                bad[at] ^= (byte) (1 << random.nextInt(8));
                byte[] cut = Arrays.copyOf(second, at);
                assertThatThrownBy(() -> replica.accept(bad)).isInstanceOf(CapsuleReplica.Refused.class);
                if (at > 0) {
                    assertThatThrownBy(() -> replica.accept(cut)).isInstanceOf(CapsuleReplica.Refused.class);
                }
            }
            assertThatThrownBy(() -> replica.accept(first)).isInstanceOf(CapsuleReplica.Refused.class);
            assertThat(replica.head()).isEqualTo(head);
            replica.accept(second);
        }
        assertThat(CapsuleVerifier.verify(temp.resolve("r")).records()).isEqualTo(6);
    }

    @Test
    void aShreddedKeyFileStaysShreddedWhateverIsSentLater() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create();
                CapsuleReader reader = capsule.read();
                CapsuleReplica replica = replica(capsule, "r")) {
            writer.append(body(0));
            reader.refresh();
            replica.catchUp(reader);
            byte[] old = Objects.requireNonNull(reader.keyFiles().get(0));
            writer.shred(0);
            reader.refresh();
            replica.catchUp(reader);
            replica.acceptKeys(0, old);
            byte[] bad = old.clone();
            bad[70] ^= 1;
            assertThatThrownBy(() -> replica.acceptKeys(0, bad)).isInstanceOf(CapsuleReplica.Refused.class);
            assertThatThrownBy(() -> replica.acceptKeys(1, old)).isInstanceOf(CapsuleReplica.Refused.class);
            try (CapsuleReader copy = CapsuleReader.open(temp.resolve("r"), capsule.reader())) {
                assertThatThrownBy(() -> copy.read(0)).isInstanceOf(CapsuleException.Shredded.class);
            }
        }
    }

    @Test
    void randomExchangesWithCrashesConvergeAndEveryReplicaIsAPrefix() {
        record Step(int kind, int replica, int other) {}
        Seeded.forAll(12, 25, random -> new Step(random.nextInt(4), random.nextInt(3), random.nextInt(3)), steps -> {
            Path root = Files.createTempDirectory(temp, "run");
            TestCapsule capsule = TestCapsule.in(root.resolve("c"));
            List<CapsuleReplica> replicas = new ArrayList<>();
            try (CapsuleWriter writer = capsule.create(SMALL);
                    CapsuleReader reader = capsule.read()) {
                for (int r = 0; r < 3; r++) {
                    replicas.add(CapsuleReplica.open(root.resolve("r" + r), capsule.metadata(), SMALL));
                }
                for (Step step : steps) {
                    switch (step.kind()) {
                        case 0 -> writer.append(bodies((int) writer.size(), 1 + step.other()));
                        case 1 -> {
                            reader.refresh();
                            replicas.get(step.replica()).catchUp(reader);
                        }
                        case 2 -> exchange(root, replicas, step.replica(), step.other());
                        default -> {
                            replicas.get(step.replica()).close();
                            replicas.set(
                                    step.replica(),
                                    CapsuleReplica.open(root.resolve("r" + step.replica()), capsule.metadata(), SMALL));
                        }
                    }
                }
                reader.refresh();
                for (int r = 0; r < 3; r++) {
                    replicas.get(r).catchUp(reader);
                    assertThat(CapsuleVerifier.verify(root.resolve("r" + r), writer.head())
                                    .intact())
                            .isTrue();
                }
            } finally {
                replicas.forEach(CapsuleReplica::close);
            }
        });
    }

    private static void exchange(Path root, List<CapsuleReplica> replicas, int to, int from) {
        long target = replicas.get(to).head().map(Heartbeat::size).orElse(0L);
        Optional<Heartbeat> source = replicas.get(from).head();
        if (to != from && source.isPresent() && source.get().size() > target) {
            try (CapsuleReader reader = CapsuleReader.open(root.resolve("r" + from), null)) {
                replicas.get(to).catchUp(reader);
            }
        }
    }
}
