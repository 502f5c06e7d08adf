package dev.croft.app.cli;

import static dev.croft.app.cli.CroftTest.croft;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleCommandTest {
    @TempDir
    Path temp;

    private String key;
    private String capsule;
    private String name;

    @BeforeEach
    void create() throws IOException {
        key = temp.resolve("ada.key").toString();
        capsule = temp.resolve("c").toString();
        assertThat(croft("capsule", "key", key).status()).isZero();
        CroftTest.Run made = croft("capsule", "create", capsule, "--key", key, "--kind", "notes");
        assertThat(made.status()).as(made.err()).isZero();
        name = made.out().strip();
    }

    private void append(String... contents) throws IOException {
        for (String content : contents) {
            Path file = Files.writeString(temp.resolve("content"), content);
            CroftTest.Run run = croft("capsule", "append", capsule, "--key", key, "--file", file.toString());
            assertThat(run.status()).as(run.err()).isZero();
        }
    }

    private Path out(String file) {
        return temp.resolve(file);
    }

    @Test
    void recordsAreProvedAndProofsCheckedWithoutAnyKey() throws IOException {
        append("one", "two", "three");
        String proof = out("proof").toString();
        assertThat(croft("capsule", "prove", capsule, "--record", "1", "--out", proof)
                        .status())
                .isZero();
        append("four");
        String range = out("range").toString();
        assertThat(croft("capsule", "prove", capsule, "--record", "1", "--to", "4", "--out", range)
                        .status())
                .isZero();
        String consistent = out("consistent").toString();
        CroftTest.Run consistency = croft("capsule", "prove", capsule, "--older", proof, "--out", consistent);
        assertThat(consistency.out()).contains("the head of 4 records goes on from that of 3");
        CroftTest.Run verified = croft("capsule", "verify", "--name", name, capsule, proof, range, consistent);
        assertThat(verified.status()).as(verified.out()).isZero();
        assertThat(verified.out()).contains("records 1 to 3 are under the head of 4 records");
        assertThat(Files.size(out("proof"))).isLessThan(1500);

        byte[] changed = Files.readAllBytes(out("proof"));
        changed[changed.length - 40] ^= 1;
        Files.write(out("proof"), changed);
        CroftTest.Run refused = croft("capsule", "verify", proof);
        assertThat(refused.status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        assertThat(refused.out()).contains("does not hold");
        assertThat(croft("capsule", "verify", "--name", "0".repeat(64), range).status())
                .isEqualTo(ExitStatus.UNVERIFIED.code());
        assertThat(croft("capsule", "prove", capsule, "--record", "9", "--out", proof)
                        .status())
                .isEqualTo(ExitStatus.NOT_FOUND.code());
    }

    @Test
    void aWriterWithTwoHistoriesIsConvictedByAFile() throws IOException {
        append("one");
        Path other = temp.resolve("other");
        try (Stream<Path> paths = Files.walk(Path.of(capsule))) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(path, other.resolve(Path.of(capsule).relativize(path)));
            }
        }
        append("two", "three");
        String mine = capsule;
        capsule = other.toString();
        append("another two");
        String evidence = out("evidence").toString();
        CroftTest.Run run = croft("capsule", "prove", mine, "--older", capsule, "--out", evidence);
        assertThat(run.status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        CroftTest.Run verified = croft("capsule", "verify", "--name", name, evidence);
        assertThat(verified.status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        assertThat(verified.out()).contains("holds").contains("signed two histories");
    }

    @Test
    void shreddedRecordsGiveTheirRoomBackAndReadersAreThoseNamed() throws IOException {
        append("x".repeat(5000));
        String reader = out("reader.key").toString();
        String publicKey = croft("capsule", "key", "--reader", reader).out().strip();
        assertThat(croft("capsule", "rotate", capsule, "--key", key, "--reader", publicKey)
                        .status())
                .isZero();
        append("later");
        assertThat(croft("capsule", "cat", capsule, "--reader-key", reader, "--from", "1", "--raw")
                        .status())
                .isZero();
        assertThat(croft("capsule", "cat", capsule, "--reader-key", reader).status())
                .isEqualTo(ExitStatus.REFUSED.code());
        assertThat(croft("capsule", "shred", capsule, "--key", key, "--epoch", "0")
                        .status())
                .isZero();
        assertThat(croft("capsule", "gc", capsule, "--dry-run").out()).contains("1 bodies would be dropped");
        assertThat(croft("capsule", "gc", capsule).out()).contains("1 bodies dropped");
        assertThat(new ObjectMapper()
                        .readTree(croft("capsule", "du", capsule, "--json").out())
                        .get("epochs")
                        .get(0)
                        .get("dropped")
                        .asInt())
                .isEqualTo(1);
        assertThat(croft("capsule", "verify", capsule).status()).isZero();
        assertThat(croft("capsule", "cat", capsule, "--key", key).status()).isEqualTo(ExitStatus.NOT_FOUND.code());
        assertThat(croft("capsule", "shred", capsule, "--key", key, "--epoch", "7")
                        .status())
                .isEqualTo(ExitStatus.NOT_FOUND.code());
    }

    @Test
    void anotherOwnersKeyIsRefused() {
        String other = out("bob.key").toString();
        croft("capsule", "key", other);
        assertThat(croft("capsule", "append", capsule, "--key", other, "--file", other)
                        .status())
                .isEqualTo(ExitStatus.REFUSED.code());
        assertThat(croft("capsule", "key", key).status()).isEqualTo(ExitStatus.INPUT.code());
    }
}
