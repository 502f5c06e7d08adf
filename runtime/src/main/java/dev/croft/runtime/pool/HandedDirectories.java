package dev.croft.runtime.pool;

import dev.croft.runtime.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Directories that a running workload gets when it is claimed, in the place of mounts at its start. Each is a descriptor of a detached
 * mount of that directory, in a message over a socket that lies in the workload's own {@code /croft}: nothing is mounted anywhere, so no
 * other workload can see it, none can reach beyond it by {@code ..} or links, and nothing is left when the workload ends or the router is
 * killed. What a workload sees of it is {@code /proc/self/fd/N}.
 */
public final class HandedDirectories {
    /** Names the socket, in a claim: a file beside the one at which it waited. */
    public static final String SOCKET = "CROFT_HANDED";

    private static final int MOST = 16;
    private static final int LONGEST = 64 << 10;
    private static final int PATIENCE_MILLIS = 10_000;

    private HandedDirectories() {}

    /** Whether this process may make such descriptors: it must be root, or have CAP_SYS_ADMIN. */
    public static boolean possible() {
        try {
            Descriptors.close(Descriptors.detached(Path.of("/"), false));
            return true;
        } catch (IOException | RuntimeException | LinkageError e) {
            return false;
        }
    }

    /** Sends these to whoever comes to a socket that listens. */
    static void send(int listening, List<Mount.HostPath> mounts) throws IOException {
        List<Integer> descriptors = new ArrayList<>();
        int connection = -1;
        try {
            StringBuilder names = new StringBuilder();
            for (Mount.HostPath mount : mounts) {
                descriptors.add(Descriptors.detached(mount.source(), mount.writable()));
                names.append(mount.target()).append('\n');
            }
            connection = Descriptors.accept(listening, PATIENCE_MILLIS);
            Descriptors.send(connection, names.toString().getBytes(StandardCharsets.UTF_8), descriptors);
        } finally {
            descriptors.forEach(Descriptors::close);
            if (connection >= 0) {
                Descriptors.close(connection);
            }
        }
    }

    /**
     * What this workload is handed, once.
     *
     * @param socket the one that {@link #SOCKET} names in the claim
     * @return where each directory is now, by the path at which a mount of it would have been
     */
    public static Map<Path, Path> receive(Path socket) throws IOException {
        int connection = Descriptors.connect(socket);
        try {
            Descriptors.Message message = Descriptors.receive(connection, LONGEST, MOST, PATIENCE_MILLIS);
            List<String> names =
                    new String(message.bytes(), StandardCharsets.UTF_8).lines().toList();
            if (names.size() != message.descriptors().size()) {
                throw new IOException("not every directory came");
            }
            Map<Path, Path> places = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                Path place = Path.of("/proc/self/fd/" + message.descriptors().get(i));
                if (!Files.isDirectory(place)) {
                    throw new IOException("not a directory: " + names.get(i));
                }
                places.put(Path.of(names.get(i)), place);
            }
            return places;
        } finally {
            Descriptors.close(connection);
        }
    }
}
