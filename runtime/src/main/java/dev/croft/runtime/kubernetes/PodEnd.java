package dev.croft.runtime.kubernetes;

import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Record;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a pod printed: in the cluster while it is there, and then, with how it ended, in the workload's directory. */
final class PodEnd {
    private static final Logger LOG = LoggerFactory.getLogger(PodEnd.class);
    private static final int BYTES_PER_LINE = 128;
    private static final int SERVER_ERROR = 500;
    /** What is answered before there is a pod, and before it has a container. */
    private static final Set<Integer> WAITS =
            Set.of(HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_BAD_REQUEST);

    private final Cluster cluster;
    private final Path kept;
    private final String pod;
    private final long logBytes;

    /** @param directory the workload's own */
    PodEnd(Cluster cluster, Path directory, Record record) {
        this.cluster = cluster;
        this.kept = directory.resolve("end");
        this.pod = record.backend().getOrDefault(PodBody.POD, "");
        this.logBytes = record.logBytes();
    }

    /** Keeps the exit code, whether memory ran out, and then what was printed: whole or not at all. */
    void keep(@Nullable ContainerStateTerminated how) throws IOException {
        if (Files.exists(kept)) {
            return;
        }
        boolean known = how != null && !"ContainerStatusUnknown".equals(how.getReason());
        byte[] printed = new byte[0];
        try (InputStream log = cluster.logs(pod, lines(), false)) {
            printed = new Tail(logBytes).readAll(log).bytes();
        } catch (KubernetesClientException e) {
            if (e.getCode() == 0
                    || e.getCode() >= SERVER_ERROR && cluster.pod(pod).get() != null) {
                throw new IOException(e); // asked again in a moment
            }
            LOG.debug("the log of {} is gone", pod, e);
        }
        Path fresh = kept.resolveSibling("end.new");
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(fresh)))) {
            out.writeInt(known && how != null ? how.getExitCode() : -1);
            out.writeBoolean(how != null && "OOMKilled".equals(how.getReason()));
            out.write(printed);
        }
        Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    Body.Exit read() throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(kept))) {
            int code = in.readInt();
            return new Body.Exit(code < 0 ? OptionalInt.empty() : OptionalInt.of(code), in.readBoolean());
        }
    }

    private int lines() {
        return (int) Math.clamp(logBytes / BYTES_PER_LINE, 100, 1_000_000);
    }

    InputStream logs(boolean follow) {
        try {
            if (!Files.exists(kept)) {
                try {
                    InputStream log = cluster.logs(pod, lines(), follow);
                    return follow ? log : new Tail(logBytes).readAll(log).stream();
                } catch (KubernetesClientException e) {
                    if (!Files.exists(kept)) {
                        if (WAITS.contains(e.getCode())) {
                            return InputStream.nullInputStream(); // not started yet: it has printed nothing
                        }
                        throw e;
                    }
                    // It ended just now.
                }
            }
            InputStream all = new BufferedInputStream(Files.newInputStream(kept));
            all.skipNBytes(Integer.BYTES + 1L);
            return all;
        } catch (IOException | KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot read the log", e);
        }
    }
}
