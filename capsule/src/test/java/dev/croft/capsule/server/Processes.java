package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Programs that a test starts as processes. Their keys are derived from small numbers, so that none is handed over. */
final class Processes {
    static final int PORT = 7443;

    private Processes() {}

    static SigningKey key(int number) {
        byte[] seed = new byte[32];
        Arrays.fill(seed, (byte) number);
        return SigningKey.ofSeed(seed);
    }

    static SigningKey owner() {
        return key(101);
    }

    static SigningKey writerKey() {
        return key(102);
    }

    static ReaderKey readerKey() {
        byte[] scalar = new byte[32];
        scalar[0] = 8;
        return ReaderKey.of(scalar);
    }

    static Delegation delegation(CapsuleMetadata metadata, Role role, SigningKey to) {
        Instant now = Instant.now();
        return Delegation.issue(
                owner(), metadata.name(), role, to.verifyingKey(), now.minusSeconds(600), now.plusSeconds(36_000));
    }

    private static List<ServerAddress> addresses(String list) {
        return Arrays.stream(list.split(",")).map(ServerAddress::parse).toList();
    }

    /** FOLDER NUMBER HOST PORT SERVERS: serves, and repairs from the others, until killed. */
    static final class Server {
        public static void main(String[] arguments) throws Exception {
            var shelf = new CapsuleShelf(
                    Path.of(arguments[0]),
                    key(Integer.parseInt(arguments[1])),
                    CapsuleShelf.Limits.standard(),
                    InstantSource.system());
            CapsuleServer.start(shelf, new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3])));
            try (var repair = new AntiEntropy(shelf, addresses(arguments[4]), Duration.ofMillis(500), Duration.ZERO)) {
                System.out.println("ready");
                Thread.currentThread().join();
            }
        }
    }

    /** FOLDER SERVERS: appends at a quorum and prints what was acknowledged until told to stop; then brings all servers up to date. */
    static final class Writer {
        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            CapsuleWriter local = CapsuleWriter.open(folder, writerKey(), readerKey());
            List<ReplicatedWriter.Target> targets = new ArrayList<>();
            for (ServerAddress address : addresses(arguments[1])) {
                targets.add(new ReplicatedWriter.Target(address, serving(local.metadata(), address)));
            }
            var writer = new ReplicatedWriter(
                    local, folder, targets, new Reading(writerKey(), null), Durability.QUORUM, Duration.ofSeconds(60));
            var stopping = new AtomicBoolean();
            for (int t = 0; t < 4; t++) {
                int thread = t;
                Thread.ofPlatform().daemon().start(() -> append(writer, thread, stopping));
            }
            try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                in.readLine();
            }
            stopping.set(true);
            boolean settled = writer.settle(Duration.ofSeconds(90));
            System.out.println((settled ? "settled " : "unsettled ") + local.size());
            System.exit(0);
        }

        private static Delegation serving(CapsuleMetadata metadata, ServerAddress address) {
            for (int i = 0; i < 10; i++) {
                if (key(i).verifyingKey().equals(address.key())) {
                    return delegation(metadata, Role.SERVE, key(i));
                }
            }
            throw new IllegalArgumentException("no server of this test");
        }

        private static void append(ReplicatedWriter writer, int thread, AtomicBoolean stopping) {
            for (int i = 0; !stopping.get(); i++) {
                byte[] body = ("thread " + thread + " item " + i).getBytes(StandardCharsets.UTF_8);
                try {
                    long first = writer.append(List.of(body, new byte[i * 37 % 900]));
                    synchronized (System.out) {
                        System.out.println("ack " + first + " " + new String(body, StandardCharsets.UTF_8));
                    }
                } catch (ReplicationException.NotEnough e) {
                    synchronized (System.out) {
                        System.out.println("slow " + e.getMessage());
                    }
                }
            }
        }
    }

    /** FOLDER METADATA SERVERS: follows and prints the sizes it saw. */
    static final class Follower {
        public static void main(String[] arguments) throws Exception {
            CapsuleMetadata metadata = CapsuleMetadata.decode(Files.readAllBytes(Path.of(arguments[1])));
            SigningKey key = key(50);
            try (var reader = new ReplicatedReader(
                    Path.of(arguments[0]),
                    metadata,
                    addresses(arguments[2]),
                    new Reading(key, delegation(metadata, Role.READ, key)),
                    1)) {
                reader.follow(head -> {
                    System.out.println("saw " + head.size());
                    return true;
                });
            }
        }
    }

    /** HOST: takes what comes to a port until it ends, and prints how many bytes and how many milliseconds. */
    static final class Sink {
        public static void main(String[] arguments) throws Exception {
            try (var listening = new ServerSocket(PORT, 1, InetAddress.getByName(arguments[0]))) {
                System.out.println("ready");
                try (var socket = listening.accept()) {
                    long start = System.nanoTime();
                    long bytes = socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                    System.out.println(bytes + " " + (System.nanoTime() - start) / 1_000_000);
                }
            }
        }
    }

    /** HOST BYTES: sends so many bytes. */
    static final class Source {
        public static void main(String[] arguments) throws Exception {
            try (var socket = new Socket(arguments[0], PORT)) {
                socket.getOutputStream().write(new byte[Integer.parseInt(arguments[1])]);
            }
        }
    }

    /** Starts one of these, behind a command that puts it where it shall run. */
    static Process start(List<String> behind, Class<?> program, Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(behind);
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }
}
