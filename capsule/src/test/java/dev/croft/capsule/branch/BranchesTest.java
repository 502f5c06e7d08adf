package dev.croft.capsule.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.branch.Branches.Branch;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.ProofChecker;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BranchesTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();

    private void append(Path directory, int records) {
        try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey)) {
            writer.append(Collections.nCopies(records, new byte[7]));
        }
    }

    private void replicate(CapsuleMetadata metadata, Path from, Path to) {
        try (CapsuleReader reader = CapsuleReader.open(from, null);
                CapsuleReplica replica = CapsuleReplica.open(to, metadata, CapsuleOptions.standard())) {
            replica.catchUp(reader);
        }
    }

    @Test
    void aWriterThatGoesOnFromAnOlderCopyBranchesVisiblyAndJoinsAgain() {
        var metadata =
                CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "test", WriterMode.QUASI);
        Path lost = temp.resolve("lost");
        Path copy = temp.resolve("copy");
        Path older = temp.resolve("older");
        CapsuleWriter.create(lost, metadata, writerKey, List.of(readerKey.publicKey()))
                .close();
        append(lost, 4);
        replicate(metadata, lost, older);
        append(lost, 6);
        replicate(metadata, lost, copy);
        append(lost, 3);
        append(copy, 20);

        try (CapsuleReader a = CapsuleReader.open(lost, null);
                CapsuleReader b = CapsuleReader.open(copy, null);
                CapsuleReader c = CapsuleReader.open(older, null)) {
            List<Branch> branches = Branches.among(List.of(a, b, c));
            assertThat(branches).containsExactly(new Branch(1, b.head(), 0), new Branch(0, a.head(), 10));
            assertThat(Branches.shared(a, c)).isEqualTo(4);
            assertThatThrownBy(() -> new CapsuleTree(b).equivocation(a.head()))
                    .as("branches are legal here")
                    .isInstanceOf(ProofChecker.Rejected.class);

            try (CapsuleWriter writer = CapsuleWriter.open(copy, writerKey, readerKey)) {
                long joined =
                        writer.append(List.of(new byte[0]), Branches.joining(branches.subList(1, branches.size())));
                assertThat(writer.header(joined).pointers())
                        .singleElement()
                        .satisfies(pointer ->
                                assertThat(pointer.hash()).isEqualTo(a.head().headHash()));
            }
        }
        for (Path directory : List.of(lost, copy, older)) {
            assertThat(CapsuleVerifier.verify(directory).intact()).isTrue();
        }
    }
}
