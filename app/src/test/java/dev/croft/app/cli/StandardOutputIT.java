package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.app.docs.Shell;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk and a closed pipe behind standard output, for every kind of command that prints. */
class StandardOutputIT {
    @TempDir
    Path folder;

    private static final List<String> PRINTING = List.of(
            "--help",
            "completion",
            "capsule cat --help",
            "capsule verify capsule",
            "capsule verify --json capsule",
            "capsule log capsule",
            "capsule cat --reader-key reader.key capsule",
            "capsule cat --reader-key reader.key --raw capsule",
            "data check made/person-01.json.gz",
            "data convert made/person-01.json.gz",
            "data generate --people 1 --out again --json",
            "mobility run made/person-01.json.gz",
            "mobility run --json --points made/person-01.json.gz",
            "budget replay workload --policy FCFS");

    private Shell prepared() throws Exception {
        ReaderKey reader = ReaderKey.generate();
        Files.write(folder.resolve("reader.key"), reader.secretScalar());
        SigningKey owner = SigningKey.generate();
        SigningKey writer = SigningKey.generate();
        try (CapsuleWriter capsule = CapsuleWriter.create(
                folder.resolve("capsule"),
                CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "test"),
                writer,
                List.of(reader.publicKey()))) {
            capsule.append(List.of(new byte[200_000], new byte[200_000]));
        }
        Shell shell = new Shell(folder);
        Workloads.privateKube(folder.resolve("workload"), 20_000);
        assertThat(shell.run("./croft data generate --people 1 --days 5 --out made")
                        .status())
                .isZero();
        return shell;
    }

    @Test
    void aFullDiskIsOneLineAndStatus3ForWhateverPrints() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full");
        Shell shell = prepared();
        for (String command : PRINTING) {
            Shell.Ran ran = shell.run("./croft " + command + " >/dev/full");
            assertThat(ran.output().lines())
                    .as(command)
                    .containsExactly("croft: standard output cannot be written: No space left on device");
            assertThat(ran.status()).as(command).isEqualTo(ExitStatus.INPUT.code());
        }
    }

    @Test
    void aClosedPipeEndsQuietly() throws Exception {
        Shell shell = prepared();
        for (String command : List.of(
                "data convert made/person-01.json.gz",
                "capsule cat --reader-key reader.key --raw capsule",
                "budget replay workload --policy FCFS")) {
            // What the pipe holds is less than what each of these prints.
            Shell.Ran ran =
                    shell.run("./croft " + command + " 2>errors | head -c 1 >first; echo ${PIPESTATUS[0]}; cat errors");
            assertThat(ran.output()).as(command).isEqualTo(ExitStatus.UNREAD.code() + "\n");
            assertThat(folder.resolve("first")).hasSize(1);
        }
    }
}
