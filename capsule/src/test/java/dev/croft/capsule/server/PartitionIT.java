package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.VerificationReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Servers as processes, killed and cut off at random while a writer appends at a quorum and a reader follows. Afterwards all servers have the
 * same capsule, what was acknowledged is in it, and every copy verifies. With root, each process has a network of its own, whose links are cut
 * and shaped; without, they share the loopback and are killed only.
 */
@Execution(ExecutionMode.SAME_THREAD)
class PartitionIT {
    private static final int SERVERS = 3;
    private static final int WRITER = SERVERS;
    private static final int FOLLOWER = SERVERS + 1;
    private static final int FAULTS = Integer.getInteger("croft.faults", 6);
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    @TempDir
    Path temp;

    private final List<@Nullable Process> servers = new ArrayList<>();
    private final List<String> written = new CopyOnWriteArrayList<>();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final List<Process> all = new ArrayList<>();
    private List<String> addresses = List.of();
    private @Nullable Namespaces network;

    private List<String> in(int node) {
        return network == null ? List.of() : network.in(node);
    }

    private void startServer(int number) throws IOException {
        ServerAddress address = ServerAddress.parse(addresses.get(number));
        Process process = Processes.start(
                in(number),
                Processes.Server.class,
                temp.resolve("server" + number + ".log"),
                temp.resolve("server" + number).toString(),
                Integer.toString(number),
                address.host(),
                Integer.toString(address.port()),
                String.join(",", addresses));
        all.add(process);
        List<String> said = new CopyOnWriteArrayList<>();
        listen(process, said);
        Awaitility.await().atMost(PATIENCE).until(() -> said.contains("ready"));
        servers.set(number, process);
    }

    private static void listen(Process process, List<String> lines) {
        Thread.ofVirtual().start(() -> {
            try (var out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    lines.add(line);
                }
            } catch (IOException e) {
                // Killed while it spoke.
            }
        });
    }

    private void kill(int number) throws InterruptedException {
        Process process = servers.get(number);
        if (process != null) {
            // Behind "ip netns exec", which becomes the program, this is SIGKILL for the server itself.
            process.toHandle().destroyForcibly();
            process.waitFor();
        }
    }

    private long acknowledged() {
        return written.stream().filter(line -> line.startsWith("ack ")).count();
    }

    private void awaitProgress(int more) {
        long before = acknowledged();
        Awaitility.await().atMost(PATIENCE).until(() -> acknowledged() >= before + more);
    }

    @Test
    @Timeout(280)
    void killedServersOnLoopbackLoseNothing() throws Exception {
        List<String> free = new ArrayList<>();
        List<ServerSocket> taken = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            var socket = new ServerSocket(0);
            taken.add(socket);
            free.add(Processes.key(i).verifyingKey() + "@127.0.0.1:" + socket.getLocalPort());
        }
        for (ServerSocket socket : taken) {
            socket.close();
        }
        addresses = free;
        run();
    }

    @Test
    @Timeout(280)
    void killedAndCutOffServersInNamespacesLoseNothing() throws Exception {
        assumeTrue(Namespaces.permitted(), "network namespaces take root, ip and a kernel that lets us");
        try (var namespaces = new Namespaces(SERVERS + 2)) {
            network = namespaces;
            List<String> own = new ArrayList<>();
            for (int i = 0; i < SERVERS; i++) {
                own.add(Processes.key(i).verifyingKey() + "@" + namespaces.address(i) + ":" + Processes.PORT);
                if (!namespaces.shape(i)) {
                    System.err.println("PartitionIT: the kernel shapes no traffic; links are cut only");
                }
            }
            addresses = own;
            run();
        }
    }

    /** What the other test relies on: a narrow link is as slow as it says, and a cut one carries nothing. */
    @Test
    @Timeout(280)
    void aLinkThatIsNarrowedCarriesNoMoreThanItIsLet() throws Exception {
        assumeTrue(Namespaces.permitted(), "network namespaces take root, ip and a kernel that lets us");
        try (var namespaces = new Namespaces(2)) {
            assumeTrue(namespaces.narrow(0, "4mbit"), "the kernel shapes no traffic");
            network = namespaces;
            // Sent in 2 s at 4 Mbit/s, less what is let through at once and what the sender had buffered.
            int bytes = 1_000_000;
            Process sink =
                    Processes.start(in(0), Processes.Sink.class, temp.resolve("sink.log"), namespaces.address(0));
            all.add(sink);
            List<String> said = new CopyOnWriteArrayList<>();
            listen(sink, said);
            Awaitility.await().atMost(PATIENCE).until(() -> said.contains("ready"));
            all.add(Processes.start(
                    in(1),
                    Processes.Source.class,
                    temp.resolve("source.log"),
                    namespaces.address(0),
                    Integer.toString(bytes)));
            Awaitility.await().atMost(PATIENCE).until(() -> said.size() == 2);
            String[] took = said.getLast().split(" ");
            assertThat(Integer.parseInt(took[0])).isEqualTo(bytes);
            assertThat(Long.parseLong(took[1])).as("milliseconds").isGreaterThan(1000);
        } finally {
            all.forEach(Process::destroyForcibly);
        }
    }

    private void run() throws Exception {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        System.err.println("PartitionIT: -Dcroft.seed=" + seed);
        Path writerFolder = temp.resolve("writer");
        CapsuleMetadata metadata = CapsuleMetadata.create(
                Processes.owner().verifyingKey(), Processes.writerKey().verifyingKey(), "partition");
        CapsuleWriter.create(
                        writerFolder,
                        metadata,
                        Processes.writerKey(),
                        List.of(Processes.readerKey().publicKey()))
                .close();
        try {
            for (int i = 0; i < SERVERS; i++) {
                servers.add(null);
                startServer(i);
            }
            Process writer = Processes.start(
                    in(WRITER),
                    Processes.Writer.class,
                    temp.resolve("writer.log"),
                    writerFolder.toString(),
                    String.join(",", addresses));
            all.add(writer);
            listen(writer, written);
            awaitProgress(5);
            Process follower = Processes.start(
                    in(FOLLOWER),
                    Processes.Follower.class,
                    temp.resolve("follower.log"),
                    temp.resolve("follower").toString(),
                    writerFolder.resolve("metadata").toString(),
                    String.join(",", addresses));
            all.add(follower);
            listen(follower, seen);
            chaos(new SplittableRandom(seed));
            long before = seen.size();
            awaitProgress(5);
            Awaitility.await().atMost(PATIENCE).until(() -> seen.size() > before);
            writer.getOutputStream().write('\n');
            writer.getOutputStream().flush();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> written.stream().anyMatch(line -> line.contains("settled")));
            assertThat(written).last().asString().startsWith("settled");
            kill(follower);
            for (int i = 0; i < SERVERS; i++) {
                kill(i);
            }
            check(metadata, writerFolder);
        } finally {
            all.forEach(Process::destroyForcibly);
        }
    }

    private static void kill(Process process) throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    /** One server after the other goes down or is cut off, now and then two at once, so that nothing is acknowledged for a while. */
    private void chaos(SplittableRandom random) throws Exception {
        for (int fault = 0; fault < FAULTS; fault++) {
            int one = random.nextInt(SERVERS);
            int how = network == null ? 0 : random.nextInt(3);
            int second = random.nextInt(4) == 0 ? (one + 1) % SERVERS : one;
            if (network != null && how == 1) {
                network.cut(one);
            } else if (network != null && how == 2) {
                network.narrow(one, "256kbit");
            } else {
                kill(one);
            }
            if (second != one) {
                kill(second);
                startServer(second);
            } else {
                awaitProgress(3);
            }
            if (network != null && how == 1) {
                network.mend(one);
            } else if (network != null && how == 2) {
                network.shape(one);
            } else {
                startServer(one);
            }
            awaitProgress(3);
        }
    }

    private void check(CapsuleMetadata metadata, Path writerFolder) throws Exception {
        Map<Long, String> acknowledged = new TreeMap<>();
        for (String line : List.copyOf(written)) {
            if (line.startsWith("ack ")) {
                String[] parts = line.split(" ", 3);
                acknowledged.put(Long.parseLong(parts[1]), parts[2]);
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(FAULTS);
        Heartbeat head;
        try (CapsuleReader own = CapsuleReader.open(writerFolder, null)) {
            head = own.head();
        }
        for (int i = 0; i < SERVERS; i++) {
            Path copy = temp.resolve("server" + i).resolve(metadata.name().toString());
            VerificationReport report = CapsuleVerifier.verify(copy, head);
            assertThat(report.intact()).as("server %d: %s", i, report).isTrue();
            try (CapsuleReader reader = CapsuleReader.open(copy, Processes.readerKey())) {
                assertThat(reader.head()).isEqualTo(head);
                acknowledged.forEach((sequence, text) -> assertThat(
                                new String(reader.read(sequence).body(), StandardCharsets.UTF_8))
                        .isEqualTo(text));
            }
        }
        Heartbeat followed;
        Path copy = temp.resolve("follower");
        try (CapsuleReader reader = CapsuleReader.open(copy, null)) {
            followed = reader.head();
        }
        assertThat(followed.size()).isPositive();
        assertThat(CapsuleVerifier.verify(writerFolder, followed).intact())
                .as("the follower saw a prefix")
                .isTrue();
        assertThat(Files.exists(copy.resolve("segments"))).isTrue();
    }
}
