package dev.croft.runtime.pool;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.watch.BundleStore;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One workload that waits, and the directory that it sees at {@code /croft}: until it is claimed that holds nothing but the socket at which
 * it waits, and an empty output. A claim links the door's files there and says so on the socket.
 */
final class Slot {
    static final String WAIT = "CROFT_WAIT";
    private static final String SOCKET = "wait.sock";
    private static final String HANDING = "hand.sock";
    private static final String OUTPUT = "output";
    private static final String LABEL = "croft/warm";
    private static final String PREFIX = "warm-";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final WatchedRuntime runtime;
    private final Path directory;
    private final WorkloadId id;
    private final WorkloadSpec waiting;
    private final SocketChannel line;
    private int handing;

    private Slot(WatchedRuntime runtime, Path directory, WorkloadSpec waiting, SocketChannel line, int handing) {
        this.runtime = runtime;
        this.directory = directory;
        this.id = waiting.id();
        this.waiting = waiting;
        this.line = line;
        this.handing = handing;
    }

    static boolean waits(WorkloadStatus status) {
        return waits(status.id()) && status.labels().containsKey(LABEL);
    }

    static boolean waits(WorkloadId id) {
        return id.value().startsWith(PREFIX);
    }

    /** The name of the slot of this workload, or an empty text if it never waited. */
    static String name(WorkloadStatus status) {
        return status.labels().getOrDefault(LABEL, "");
    }

    /** Starts one and returns when it waits. */
    static Slot make(WatchedRuntime runtime, Path slots, WorkloadSpec kind) throws IOException {
        WorkloadId id = WorkloadId.random("warm");
        Path directory = Files.createDirectory(
                slots.resolve(id.value().substring(PREFIX.length())),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createDirectory(directory.resolve(OUTPUT));
        WorkloadSpec spec = new WorkloadSpec(
                id,
                Map.of(LABEL, directory.getFileName().toString()),
                kind.program(),
                kind.limits(),
                kind.mounts(),
                Optional.of(directory),
                withWait(kind.environment()),
                kind.network(),
                HealthCheck.atExit(),
                kind.placing());
        int handing = -1;
        try (ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            door.bind(UnixDomainSocketAddress.of(directory.resolve(SOCKET)), 1);
            // What listens is a host, whose directories are handed to it.
            handing = kind.network() == Network.NONE ? -1 : Descriptors.listen(directory.resolve(HANDING));
            runtime.launch(spec);
            Thread watch = Thread.startVirtualThread(() -> giveUp(runtime, id, door));
            try {
                return new Slot(runtime, directory, spec, door.accept(), handing);
            } finally {
                watch.interrupt();
            }
        } catch (IOException | RuntimeException e) {
            if (handing >= 0) {
                Descriptors.close(handing);
            }
            forget(runtime, id);
            BundleStore.delete(directory);
            throw e;
        }
    }

    private static Map<String, String> withWait(Map<String, String> environment) {
        Map<String, String> all = new TreeMap<>(environment);
        all.put(WAIT, "/croft/" + SOCKET);
        return all;
    }

    /** Stops the waiting for a program that ends, or does not come. */
    private static void giveUp(Runtime runtime, WorkloadId id, ServerSocketChannel door) {
        try {
            runtime.awaitEnd(id, PATIENCE);
        } catch (WorkloadException e) {
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean alive() {
        try {
            // A program that ended has hung up, before its backend tells. What it sent, if anything, is of no use.
            line.configureBlocking(false);
            int heard = line.read(ByteBuffer.allocate(4096));
            line.configureBlocking(true);
            return heard >= 0 && !runtime.inspect(id).state().ended();
        } catch (IOException | WorkloadException.Unknown e) {
            return false;
        }
    }

    /**
     * Makes it the workload of this launch, once; says whether that was done. If not, nothing of the launch is left in it and it must be
     * ended: it may know the launch's token.
     */
    boolean claim(WorkloadSpec spec, Map<String, String> told) {
        List<Mount.HostPath> handed = new ArrayList<>();
        for (Mount mount : spec.mounts()) {
            if (waiting.mounts().stream().noneMatch(has -> has.target().equals(mount.target()))) {
                handed.add((Mount.HostPath) mount);
            }
        }
        if (taken(spec.id())) {
            throw new WorkloadException.Exists(spec.id());
        }
        try {
            Map<String, String> variables = new TreeMap<>(told);
            if (handing >= 0) {
                variables.put(HandedDirectories.SOCKET, HANDING);
            }
            byte[] message = message(variables);
            if (!alive() || !handed.isEmpty() && handing < 0 || !enter(spec.door())) {
                return false;
            }
            for (Mount.HostPath mount : handed) {
                runtime.admit(mount);
            }
            runtime.claim(
                    id,
                    spec.withNetwork(waiting.network()),
                    directory,
                    Map.of(LABEL, directory.getFileName().toString()));
            say(message);
            hand(handed);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException | WorkloadException.WrongState | WorkloadException.Unknown e) {
            // An ordinary launch follows, under the same name and with the same door.
            forget(runtime, spec.id());
            return false;
        }
    }

    /** Puts the door's files where it sees them; false where the door has an output already. */
    private boolean enter(Optional<Path> door) throws IOException {
        if (door.isEmpty()) {
            return true;
        }
        Path output = door.get().resolve(OUTPUT);
        if (Files.isDirectory(output) && !isEmpty(output)) {
            return false;
        }
        runtime.admit(door.get());
        try (Stream<Path> files = Files.list(door.get())) {
            for (Path file : files.filter(f -> !f.endsWith(OUTPUT)).toList()) {
                Files.createLink(directory.resolve(file.getFileName()), file);
            }
        }
        return true;
    }

    private void hand(List<Mount.HostPath> handed) throws IOException {
        if (handing >= 0) {
            try {
                HandedDirectories.send(handing, handed);
            } finally {
                stopHanding();
            }
        }
    }

    private void stopHanding() {
        if (handing >= 0) {
            Descriptors.close(handing);
            handing = -1;
        }
    }

    private boolean taken(WorkloadId wanted) {
        try {
            runtime.inspect(wanted);
            return true;
        } catch (WorkloadException.Unknown e) {
            return false;
        }
    }

    /** The claim: a line that begins it, one for each variable, and an empty one that ends it. */
    private static byte[] message(Map<String, String> environment) throws IOException {
        StringBuilder text = new StringBuilder("croft-claim-v1\n");
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (variable.getValue().indexOf('\n') >= 0) {
                throw new IOException("a variable of many lines");
            }
            text.append(variable.getKey())
                    .append('=')
                    .append(variable.getValue())
                    .append('\n');
        }
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void say(byte[] message) throws IOException {
        try (line) {
            ByteBuffer bytes = ByteBuffer.wrap(message);
            while (bytes.hasRemaining()) {
                line.write(bytes);
            }
            // What a client of HTTP sent first: unread, it would turn the end of the line into an error.
            line.configureBlocking(false);
            line.read(ByteBuffer.allocate(4096));
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.findAny().isEmpty();
        }
    }

    /** Ends it with all it has. */
    void end() {
        stopHanding();
        try (line) {
            forget(runtime, id);
        } catch (IOException e) {
            throw new WorkloadException.Backend("what waits cannot be let go", e);
        } finally {
            BundleStore.delete(directory);
        }
    }

    private static void forget(Runtime runtime, WorkloadId id) {
        try {
            runtime.stop(id, Duration.ZERO);
            runtime.remove(id);
        } catch (WorkloadException.Unknown e) {
            return; // it is gone already
        }
    }
}
