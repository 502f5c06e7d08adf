package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.files.CapsuleFileSystem;
import dev.croft.capsule.mount.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule mount}: a capsule's files as a folder, for any program. */
@Command(
        name = "mount",
        description = {
            "Show a capsule's files as a folder, for any program, until it is unmounted or stopped (Linux, FUSE).",
            "To read, of any copy, which is followed as it grows; with --write, of its writer's, to change them: what fsync returned",
            "for is durable in the capsule."
        })
final class CapsuleMountCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Parameters(
            index = "1",
            paramLabel = "FOLDER",
            description = "An existing folder, which shows the files meanwhile.")
    Path folder;

    @Mixin
    CapsuleReading reading = new CapsuleReading();

    @Option(names = "--write", description = "Let the files be changed; takes the owner's key and no other writer.")
    boolean write;

    @Option(
            names = "--at",
            paramLabel = "SIZE|TIME",
            description = "Show the files as they were when the capsule had SIZE records, or at TIME.")
    @Nullable
    AsOf at;

    @Option(
            names = "--refresh-millis",
            defaultValue = "1000",
            description = "How often a copy is looked at for what was appended (default: ${DEFAULT-VALUE}).")
    long refreshMillis;

    @Option(names = "--allow-other", description = "Let other users of this machine use the folder too.")
    boolean others;

    @Override
    ExitStatus run(Output output) throws Exception {
        if (refreshMillis < 1 || refreshMillis > 3_600_000) {
            throw new CommandException(ExitStatus.USAGE, "--refresh-millis lies between 1 and 3600000");
        }
        if (write && at != null) {
            throw new CommandException(
                    ExitStatus.USAGE, "the past cannot be changed: --write and --at exclude each other");
        }
        if (!Files.isDirectory(folder) && Files.notExists(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        CountDownLatch ended = new CountDownLatch(1);
        try {
            show(output, ended);
        } finally {
            ended.countDown();
        }
        return ExitStatus.OK;
    }

    private void show(Output output, CountDownLatch ended) throws IOException, InterruptedException {
        if (write) {
            try (CapsuleWriter writer = reading.openToWrite(directory);
                    CapsuleFileSystem system = CapsuleFileSystem.of(writer)) {
                serve(system, output, ended);
            }
        } else {
            try (CapsuleReader reader = reading.open(directory);
                    CapsuleFileSystem system = CapsuleFileSystem.of(reader)) {
                serve(at == null ? system : system.at(at.in(reader)), output, ended);
            }
        }
    }

    private void serve(CapsuleFileSystem system, Output output, CountDownLatch ended)
            throws IOException, InterruptedException {
        try (Mount mount = Mount.open(system, folder, directory, Duration.ofMillis(refreshMillis), others)) {
            Thread stop = new Thread(
                    () -> {
                        mount.close();
                        await(ended);
                    },
                    "stop");
            Runtime.getRuntime().addShutdownHook(stop);
            String how = write
                    ? "to read and write"
                    : at == null ? "to read, as it grows" : "to read, as it was with " + system.size() + " records";
            output.line("Mounted %s on %s %s; stop with Ctrl-C", system.name(), folder, how);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("name", system.name().toString());
            result.put("folder", folder.toString());
            result.put("writable", write);
            result.put("records", system.size());
            output.result(result);
            output.out().flush();
            mount.awaitUnmounted();
        }
    }

    private static void await(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
