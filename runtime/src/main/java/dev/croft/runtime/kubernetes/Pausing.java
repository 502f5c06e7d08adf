package dev.croft.runtime.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses one pod: freezes it and then, where the API server can resize pods in place, has its node keep next to no processor for it; asks
 * for that back before it lets it go on. Resizing is never in the way of either: it is tried again while the API server does not answer,
 * and left alone, with a line in the log, where it refuses. A file beside the workload's record tells the next router of a request that
 * has not been restored. Thread-safe.
 */
final class Pausing {
    private static final Logger LOG = LoggerFactory.getLogger(Pausing.class);
    private static final String MARKER = "shrunk";
    /** For how long to wait at most for a request to be restored before what is paused goes on. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final long FIRST_WAIT_MILLIS = 200;
    private static final long LONGEST_WAIT_MILLIS = 30_000;
    /** What asking again does not change. */
    private static final Set<Integer> REFUSALS = Set.of(
            HttpURLConnection.HTTP_BAD_REQUEST,
            HttpURLConnection.HTTP_FORBIDDEN,
            HttpURLConnection.HTTP_NOT_FOUND,
            HttpURLConnection.HTTP_BAD_METHOD,
            422);

    /** What stops a pod's processes. */
    interface Freezer {
        /** Stops them or lets them go on; false where that does not take hold. */
        boolean freeze(boolean stop) throws IOException;
    }

    private final Cluster cluster;
    private final Path directory;
    private final String pod;
    private final Duration patience;
    private final BooleanSupplier over;

    private boolean shrunk;
    private boolean settled = true;
    private boolean working;
    private String said = "";

    /**
     * @param directory the workload's own
     * @param pod its name
     * @param patience for how long a resume waits for its request at most
     * @param over tells when nothing is to be asked for any more
     */
    Pausing(Cluster cluster, Path directory, String pod, Duration patience, BooleanSupplier over) {
        this.cluster = cluster;
        this.directory = directory;
        this.pod = pod;
        this.patience = patience;
        this.over = over;
        this.shrunk = Files.exists(directory.resolve(MARKER));
    }

    boolean pause(boolean stop, Freezer freezer) throws IOException {
        if (!stop) {
            restore(patience);
        }
        boolean held = freezer.freeze(stop);
        if (stop && held) {
            shrink();
        }
        return held;
    }

    /** Takes up a pod that an earlier router left, whatever that one was doing when it ended. */
    void adopt(boolean frozen) {
        if (frozen) {
            shrink();
        } else {
            restore(Duration.ZERO);
        }
    }

    /** Says so where its node cannot, or not yet, do what the API server has taken. */
    void seen(Pod now) {
        if (now.getStatus() == null) {
            return;
        }
        String says = now.getStatus().getConditions().stream()
                .filter(condition ->
                        "PodResizePending".equals(condition.getType()) && "True".equals(condition.getStatus()))
                .map(condition -> condition.getReason() + ": " + condition.getMessage())
                .findFirst()
                .orElse("");
        synchronized (this) {
            if (says.equals(said)) {
                return;
            }
            said = says;
        }
        if (!says.isEmpty()) {
            LOG.info("pod {} is not resized, and goes on without: {}", pod, says);
        }
    }

    private synchronized void shrink() {
        if (cluster.resizes()) {
            shrunk = true;
            work();
        }
    }

    private synchronized void restore(Duration wait) {
        if (!shrunk && !Files.exists(directory.resolve(MARKER))) {
            return;
        }
        shrunk = false;
        work();
        long end = System.nanoTime() + wait.toNanos();
        try {
            while (!settled) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    LOG.info("pod {} goes on before its request for processors is restored", pod);
                    return;
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One at a time asks, so that no late answer undoes what was asked for after it. */
    private synchronized void work() {
        settled = false;
        notifyAll();
        if (!working) {
            working = true;
            Thread.ofVirtual().name("croft-resize-" + pod).start(this::run);
        }
    }

    private void run() {
        long wait = FIRST_WAIT_MILLIS;
        boolean before = false;
        while (true) {
            boolean now;
            synchronized (this) {
                if (settled || over.getAsBoolean()) {
                    working = false;
                    notifyAll();
                    return;
                }
                now = shrunk;
            }
            wait = now == before ? wait : FIRST_WAIT_MILLIS;
            before = now;
            boolean done = resize(now);
            synchronized (this) {
                if (now != shrunk) {
                    continue;
                }
                settled = done;
                notifyAll();
                if (!done && !over.getAsBoolean()) {
                    try {
                        wait(wait);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    wait = Math.min(2 * wait, LONGEST_WAIT_MILLIS);
                }
            }
        }
    }

    /** Whether there is no more to be done. */
    private boolean resize(boolean shrink) {
        Path marker = directory.resolve(MARKER);
        try {
            if (!shrink && !Files.exists(marker)) {
                return true; // it has not been asked for less
            }
            AskedPod asked = AskedPod.read(directory);
            Optional<CpuRequest> whole = asked == null ? Optional.empty() : CpuRequest.of(asked.pod());
            Optional<CpuRequest> wanted = shrink ? whole.flatMap(CpuRequest::frozen) : whole;
            if (wanted.isPresent()) {
                boolean known = Files.exists(marker);
                if (shrink) {
                    Files.write(marker, new byte[0]); // first: what is asked for must be known to whoever restores it
                }
                KubernetesClientException refused = ask(wanted.get());
                if (refused != null && !over.getAsBoolean()) {
                    LOG.warn(
                            "the processors that are kept for pod {} cannot be {}; it is {} without that: {}",
                            pod,
                            shrink ? "given back" : "restored",
                            shrink ? "paused" : "resumed",
                            refused.getMessage());
                }
                if (shrink ? refused != null && !known : refused == null) {
                    Files.deleteIfExists(marker);
                }
            }
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.debug("resizing pod {}; trying again", pod, e);
            return false;
        }
    }

    /** Asks for it; what the server answered where it does not do so. */
    private @Nullable KubernetesClientException ask(CpuRequest wanted) {
        try {
            cluster.resize(pod, wanted);
            return null;
        } catch (KubernetesClientException e) {
            if (REFUSALS.contains(e.getCode())) {
                return e;
            }
            throw e;
        }
    }
}
