package dev.croft.capsule.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.TlogExport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProofTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();
    private final CapsuleMetadata metadata =
            CapsuleMetadata.create(SigningKey.generate().verifyingKey(), writerKey.verifyingKey(), "test");
    private final CapsuleName name = metadata.name();

    private List<Heartbeat> fill(Path directory, int records, String salt) {
        List<Heartbeat> heads = new ArrayList<>();
        try (CapsuleWriter writer =
                CapsuleWriter.create(directory, metadata, writerKey, List.of(readerKey.publicKey()))) {
            heads.add(writer.head());
            for (int i = 0; i < records; ) {
                int batch = Math.min(records - i, 1 + i % 7 + (i > 40 ? 60 : 0));
                List<byte[]> bodies = new ArrayList<>();
                for (int b = 0; b < batch; b++) {
                    bodies.add((salt + i++).getBytes(StandardCharsets.UTF_8));
                }
                writer.append(bodies);
                heads.add(writer.head());
            }
        }
        return heads;
    }

    @Test
    void everyRecordAndRangeIsProvedAndEveryOlderHeadIsConsistent() {
        for (int records : new int[] {1, 2, 3, 7, 8, 33, 256, 257, 700}) {
            Path directory = temp.resolve("c" + records);
            List<Heartbeat> heads = fill(directory, records, "record ");
            try (CapsuleReader reader = CapsuleReader.open(directory, null)) {
                CapsuleTree tree = new CapsuleTree(reader);
                for (int i = 0; i < records; i += 1 + records / 40) {
                    Proof proof =
                            ProofChecker.check(name, tree.membership(i, i + 1).encoded());
                    assertThat(((Proof.Membership) proof).records()).containsExactly(reader.header(i));
                    int to = Math.min(records, i + 1 + i % 9);
                    ProofChecker.check(name, tree.membership(i, to).encoded());
                }
                for (Heartbeat older : heads) {
                    ProofChecker.check(name, tree.consistency(older).encoded());
                    assertThatThrownBy(() -> tree.equivocation(older)).isInstanceOf(ProofChecker.Rejected.class);
                }
            }
        }
    }

    @Test
    void noChangedByteOfAProofIsAccepted() {
        List<Heartbeat> heads = fill(temp.resolve("c"), 50, "record ");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            SplittableRandom random = new SplittableRandom(11);
            for (byte[] proof : List.of(
                    tree.membership(17, 20).encoded(),
                    tree.consistency(heads.get(5)).encoded())) {
                for (int at = 0; at < proof.length; at++) {
                    byte[] bad = proof.clone();
                    bad[at] ^= (byte) (1 << random.nextInt(8));
                    assertThatThrownBy(() -> ProofChecker.check(name, bad))
                            .as("byte %d", at)
                            .isInstanceOfAny(ProofChecker.Rejected.class, Malformed.class);
                    byte[] cut = Arrays.copyOf(proof, at);
                    assertThatThrownBy(() -> ProofChecker.check(name, cut)).isInstanceOf(Malformed.class);
                }
            }
        }
    }

    @Test
    void aWriterThatSignedTwoHistoriesIsConvictedByBothSignatures() {
        List<Heartbeat> other = fill(temp.resolve("a"), 30, "one story ");
        fill(temp.resolve("b"), 90, "another story ");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("b"), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            for (Heartbeat head : other.subList(1, other.size())) {
                assertThatThrownBy(() -> tree.consistency(head)).isInstanceOf(ProofChecker.Rejected.class);
                Proof.Equivocation evidence = tree.equivocation(head);
                Proof read = ProofChecker.check(name, evidence.encoded());
                assertThat(((Proof.Equivocation) read).older()).isEqualTo(head);
                byte[] bad = evidence.encoded();
                bad[bad.length - 1] ^= 1;
                assertThatThrownBy(() -> ProofChecker.check(name, bad)).isInstanceOf(ProofChecker.Rejected.class);
            }
        }
    }

    @Test
    void aProofIsForOneCapsuleOnly() {
        fill(temp.resolve("c"), 3, "x");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            Proof proof = new CapsuleTree(reader).membership(0, 1);
            CapsuleName another = CapsuleName.of(new byte[32]);
            assertThatThrownBy(() -> ProofChecker.check(another, proof)).isInstanceOf(ProofChecker.Rejected.class);
        }
    }

    @Test
    void aTreeFollowsItsReaderAsTheCapsuleGrows() {
        Path directory = temp.resolve("c");
        fill(directory, 300, "x");
        try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey);
                CapsuleReader reader = CapsuleReader.open(directory, null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            Heartbeat before = tree.head();
            for (int i = 0; i < 5; i++) {
                writer.append(Collections.nCopies(100, new byte[9]));
                reader.refresh();
                tree.refresh();
                assertThat(tree.head()).isEqualTo(writer.head());
                ProofChecker.check(name, tree.consistency(before));
                ProofChecker.check(name, tree.membership(writer.size() - 3, writer.size()));
            }
        }
    }

    @Test
    void aTreeIsKeptBesideTheCapsuleAndBelievedOnlyAsFarAsItLeadsToASignedRoot() throws IOException {
        Path directory = temp.resolve("c");
        fill(directory, 1, "x");
        try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey)) {
            writer.append(Collections.nCopies(70_000, new byte[1]));
        }
        Path file = directory.resolve("tree");
        byte[] proof = keptProof(directory);
        byte[] kept = Files.readAllBytes(file);
        assertThat(kept.length).isBetween(70_000, 71_000);
        assertThat(keptProof(directory)).isEqualTo(proof);
        try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey)) {
            writer.append(Collections.nCopies(500, new byte[1]));
        }
        byte[] later = keptProof(directory);
        for (byte[] bad : List.of(
                Arrays.copyOf(kept, 40),
                Arrays.copyOf(kept, kept.length - 1),
                Arrays.copyOf(kept, kept.length + 32),
                new byte[0],
                flipped(kept, 3),
                flipped(kept, 30),
                flipped(kept, 52),
                flipped(kept, 58),
                flipped(kept, 1000),
                flipped(kept, kept.length - 1))) {
            Files.write(file, bad);
            assertThat(keptProof(directory)).isEqualTo(later);
        }
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] bad = bytes.clone();
        bad[at] ^= 1;
        return bad;
    }

    private byte[] keptProof(Path directory) throws IOException {
        try (CapsuleReader reader = CapsuleReader.open(directory, null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            tree.keep();
            ProofChecker.check(name, tree.consistency(tree.head()).encoded());
            byte[] proof = tree.membership(31_000, 31_040).encoded();
            ProofChecker.check(name, proof);
            return proof;
        }
    }

    @Test
    void aProofOfOneAmongAMillionRecordsIsUnderThreeKilobytes() {
        // 20 levels: what matters is the number of hashes, so a smaller tree's overhead and the larger one's path are
        // added.
        fill(temp.resolve("c"), 1000, "x");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            byte[] proof = new CapsuleTree(reader).membership(500, 501).encoded();
            assertThat(proof.length + 32 * (24 - 10)).isLessThan(3 << 10);
        }
    }

    @Test
    void exportedTilesAndProofsLeadToTheSignedCheckpoint() throws IOException {
        fill(temp.resolve("c"), 700, "x");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            Path out = temp.resolve("tiles");
            TlogExport.tiles(tree, writerKey, out);
            String note = Files.readString(out.resolve("checkpoint"));
            Checkpoint checkpoint = Checkpoint.verify(note, name, writerKey.verifyingKey());
            assertThat(checkpoint).isEqualTo(Checkpoint.of(reader.head()));
            assertThatThrownBy(() -> Checkpoint.verify(note.replace("700", "701"), name, writerKey.verifyingKey()))
                    .isInstanceOf(Malformed.class);
            assertThatThrownBy(() ->
                            Checkpoint.verify(note, name, SigningKey.generate().verifyingKey()))
                    .isInstanceOf(Malformed.class);
            assertThat(Files.size(out.resolve("tile/0/000"))).isEqualTo(8192);
            assertThat(Files.size(out.resolve("tile/0/002.p/188"))).isEqualTo(188 * 32);
            assertThat(Files.size(out.resolve("tile/1/000.p/2"))).isEqualTo(64);
            byte[] bundle = Files.readAllBytes(out.resolve("tile/entries/000"));
            int length = (bundle[0] & 0xff) << 8 | bundle[1] & 0xff;
            Hash leaf = Hash.sha256(new byte[] {0}, Arrays.copyOfRange(bundle, 2, 2 + length));
            assertThat(Arrays.copyOf(Files.readAllBytes(out.resolve("tile/0/000")), 32))
                    .isEqualTo(leaf.bytes());

            String[] lines = TlogExport.proof(tree, 699, writerKey).split("\n");
            assertThat(lines[0]).isEqualTo("c2sp.org/tlog-proof@v1");
            assertThat(lines[1]).isEqualTo("index 699");
            List<Hash> path = new ArrayList<>();
            int line = 2;
            for (; !lines[line].isEmpty(); line++) {
                path.add(Hash.of(Base64.getDecoder().decode(lines[line])));
            }
            assertThat(rfc9162Root(699, 700, reader.header(699).hash(), path)).isEqualTo(checkpoint.root());
        }
    }

    /** RFC 9162, 2.1.3.2. */
    private static Hash rfc9162Root(long index, long size, Hash leaf, List<Hash> path) {
        long fn = index;
        long sn = size - 1;
        Hash r = leaf;
        for (Hash p : path) {
            if ((fn & 1) == 1 || fn == sn) {
                r = ProofChecker.parent(p, r);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                r = ProofChecker.parent(r, p);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return r;
    }

    @Test
    void thePythonCheckerAgrees() throws Exception {
        assumeTrue(python("-c", "import cryptography") == 0, "python3 with cryptography is not installed");
        List<Heartbeat> heads = fill(temp.resolve("c"), 77, "x");
        List<Heartbeat> others = fill(temp.resolve("d"), 30, "y");
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            SplittableRandom random = new SplittableRandom(2);
            for (Proof proof : List.of(
                    tree.membership(3, 4),
                    tree.membership(40, 61),
                    tree.consistency(heads.get(4)),
                    tree.consistency(heads.getFirst()),
                    tree.equivocation(others.get(3)))) {
                Path file = temp.resolve("proof");
                Files.write(file, proof.encoded());
                assertThat(python("src/test/python/verify_proof.py", name.toString(), file.toString()))
                        .as("%s", proof)
                        .isZero();
                for (int i = 0; i < 4; i++) {
                    byte[] bad = proof.encoded();
                    bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                    Files.write(file, bad);
                    assertThat(python("src/test/python/verify_proof.py", name.toString(), file.toString()))
                            .isEqualTo(1);
                }
            }
        }
    }

    private static int python(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return 127;
        }
    }
}
