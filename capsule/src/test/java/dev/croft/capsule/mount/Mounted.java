package dev.croft.capsule.mount;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.files.CapsuleFileSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A process that mounts a capsule, so that it can be killed; and what its test needs beside it. */
final class Mounted implements AutoCloseable {
    private static final SigningKey WRITER = SigningKey.ofSeed(new byte[32]);
    private static final ReaderKey READER =
            ReaderKey.of(SigningKey.ofSeed(new byte[32]).secretSeed());

    private final Process process;

    private Mounted(Process process) {
        this.process = process;
    }

    /** The process: {@code DIR FOLDER write|read|SIZE}. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            Path directory = Path.of(args[0]);
            Path folder = Path.of(args[1]);
            if (args[2].equals("write")) {
                try (CapsuleWriter writer = CapsuleWriter.open(directory, WRITER, READER);
                        CapsuleFileSystem system = CapsuleFileSystem.of(writer)) {
                    serve(system, folder, directory);
                }
            } else {
                try (CapsuleReader reader = CapsuleReader.open(directory, READER);
                        CapsuleFileSystem system = CapsuleFileSystem.of(reader)) {
                    serve(args[2].equals("read") ? system : system.at(Long.parseLong(args[2])), folder, directory);
                }
            }
        }

        private static void serve(CapsuleFileSystem system, Path folder, Path disk) throws Exception {
            try (Mount mount = Mount.open(system, folder, disk, Duration.ofMillis(20), false)) {
                CountDownLatch ended = new CountDownLatch(1);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    mount.close();
                    ended.countDown();
                }));
                System.out.println("mounted");
                mount.awaitUnmounted();
            }
        }
    }

    static void create(Path directory) {
        var metadata = CapsuleMetadata.create(WRITER.verifyingKey(), WRITER.verifyingKey(), "files");
        CapsuleWriter.create(directory, metadata, WRITER, List.of(READER.publicKey()))
                .close();
    }

    static CapsuleWriter writer(Path directory) {
        return CapsuleWriter.open(directory, WRITER, READER);
    }

    static CapsuleReader reader(Path directory) {
        return CapsuleReader.open(directory, READER);
    }

    /** Mounts in a process of its own. */
    static Mounted start(Path directory, Path folder, String how) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        directory.toString(),
                        folder.toString(),
                        how)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = process.inputReader().readLine();
        if (!"mounted".equals(line)) {
            process.destroyForcibly();
            throw new IllegalStateException("not mounted: " + line);
        }
        return new Mounted(process);
    }

    /** What a shell command prints. */
    static String shell(Path folder, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-ec", command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new AssertionError(command + "\nended with " + process.exitValue() + " and printed\n" + printed);
        }
        return printed;
    }

    /** Whether something is mounted on a folder. */
    static boolean mounted(Path folder) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .anyMatch(line -> line.contains(" " + folder + " "));
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops it as Ctrl-C and {@code kill} do. */
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not stop");
        }
    }
}
