package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.replication.ReplicationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A witness that is killed while a cheating writer asks it to sign two histories. */
class WitnessKillIT {
    private static final int KILLS = Integer.getInteger("croft.faults", 4);

    @TempDir
    Path temp;

    private Process start(int port) throws IOException {
        Process process = Processes.start(
                List.of(),
                Processes.Server.class,
                temp.resolve("witness.log"),
                temp.resolve("witness").toString(),
                "0",
                "127.0.0.1",
                Integer.toString(port),
                Processes.key(0).verifyingKey() + "@127.0.0.1:" + port);
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("ready");
        return process;
    }

    /** One of the writer's histories. */
    private record History(CapsuleWriter writer, CapsuleReader reader, CapsuleTree tree) implements AutoCloseable {
        static History open(Path directory) {
            CapsuleWriter writer = CapsuleWriter.open(directory, Processes.writerKey(), Processes.readerKey());
            CapsuleReader reader = CapsuleReader.open(directory, null);
            return new History(writer, reader, new CapsuleTree(reader));
        }

        void append(String text) {
            writer.append(text.getBytes(StandardCharsets.UTF_8));
            reader.refresh();
            tree.refresh();
        }

        @Override
        public void close() {
            reader.close();
            writer.close();
        }
    }

    @Test
    @Timeout(280)
    void killedAtRandomItNeverSignsTwoHistories() throws Exception {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        System.err.println("WitnessKillIT: -Dcroft.seed=" + seed);
        var random = new SplittableRandom(seed);
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        ServerAddress address = ServerAddress.parse(Processes.key(0).verifyingKey() + "@127.0.0.1:" + port);
        CapsuleMetadata metadata = CapsuleMetadata.create(
                Processes.owner().verifyingKey(), Processes.writerKey().verifyingKey(), "witness");
        Path one = temp.resolve("one");
        try (CapsuleWriter writer = CapsuleWriter.create(
                one,
                metadata,
                Processes.writerKey(),
                List.of(Processes.readerKey().publicKey()))) {
            writer.append(new byte[3]);
        }
        Path other = temp.resolve("other");
        copy(one, other);
        int[] signed = new int[2];
        int kills = 0;
        Process witness = start(port);
        try (History left = History.open(one);
                History right = History.open(other);
                var client = new ServerClient(address, metadata, null)) {
            client.create(Processes.delegation(metadata, Role.SERVE, Processes.key(0)));
            while (kills < KILLS) {
                Process running = witness;
                var done = new AtomicBoolean();
                int delay = random.nextInt(50, 1500);
                Thread killer = Thread.ofVirtual().start(() -> {
                    try {
                        running.waitFor(delay, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    running.destroyForcibly();
                    done.set(true);
                });
                while (!done.get()) {
                    int which = random.nextInt(2);
                    History history = which == 0 ? left : right;
                    history.append("history " + which);
                    try {
                        Cosigning.ask(client, history.tree(), Processes.writerKey());
                        signed[which]++;
                    } catch (ReplicationException | Malformed e) {
                        // Refused, or killed before it answered.
                    }
                    assertThat(Math.min(signed[0], signed[1]))
                            .as("-Dcroft.seed=%d", seed)
                            .isZero();
                }
                killer.join();
                running.waitFor();
                kills++;
                witness = start(port);
            }
            // What it signed last before it was killed it knows still: the one history goes on, the other does not.
            History first = signed[0] > 0 ? left : right;
            Cosigning.ask(client, first.tree(), Processes.writerKey());
        } finally {
            witness.destroyForcibly();
        }
        assertThat(signed[0] + signed[1]).isPositive();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
