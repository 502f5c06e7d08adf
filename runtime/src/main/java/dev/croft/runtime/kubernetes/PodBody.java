package dev.croft.runtime.kubernetes;

import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.LineWatch;
import dev.croft.runtime.watch.Probe;
import dev.croft.runtime.watch.Record;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pod of a workload. It is ended on this node, by signals, so that the pod stays with its exit code and its log until both are kept
 * in the workload's directory; then it is deleted.
 */
final class PodBody implements Body, PodWatch.Listener {
    static final String POD = "pod";
    static final String PIDS = "pids";

    private static final Logger LOG = LoggerFactory.getLogger(PodBody.class);
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(90);
    private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long STATUS_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long LOOK_NANOS = 10_000_000;
    private static final int BYTES_PER_LINE = 128;
    private static final Set<String> HOPELESS = Set.of(
            "ErrImageNeverPull",
            "InvalidImageName",
            "ImageInspectError",
            "ImagePullBackOff",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError");

    private final Cluster cluster;
    private final PodWatch watch;
    private final Path kept;
    private final Record record;
    private final String name;
    private final int pids;
    private final Function<Launch, PodPlan> plan;
    private final LineWatch lines;
    private final BooleanSupplier closed;

    private volatile @Nullable Pod pod;
    private volatile @Nullable ContainerStateTerminated end;
    private volatile boolean limited;
    private volatile boolean began;
    private volatile boolean exited;
    private volatile boolean following;
    private volatile @Nullable Forward forward;
    private volatile Runnable ended = () -> {};

    /**
     * @param directory the workload's own
     * @param plan makes the pod's description
     * @param closed tells when the runtime has been closed
     */
    PodBody(
            Cluster cluster,
            PodWatch watch,
            Path directory,
            Record record,
            Function<Launch, PodPlan> plan,
            BooleanSupplier closed) {
        this.cluster = cluster;
        this.watch = watch;
        this.kept = directory.resolve("end");
        this.record = record;
        this.name = record.backend().getOrDefault(POD, "");
        this.pids = Integer.parseInt(record.backend().getOrDefault(PIDS, "0"));
        this.plan = plan;
        this.lines = LineWatch.of(record);
        this.closed = closed;
    }

    static Map<String, String> remember(String name, int pids) {
        return Map.of(POD, name, PIDS, Integer.toString(pids));
    }

    @Override
    public void begin(Launch launch, Runnable ended) throws IOException {
        this.ended = ended;
        PodPlan asked = plan.apply(launch);
        watch.listen(name, this);
        seen(cluster.create(asked.pod()));
        long patience = System.nanoTime() + START_NANOS;
        while (!began && !exited) {
            limit();
            String why = hopeless();
            if (why != null || System.nanoTime() > patience) {
                throw new WorkloadException.Backend("the pod does not start: " + (why == null ? "no answer" : why));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        limit();
        Pod now = pod;
        if (now != null && began) {
            String deviation = asked.deviation(now);
            if (!deviation.isEmpty()) {
                throw new WorkloadException.Backend("the cluster runs something else than was asked for: " + deviation);
            }
        }
    }

    @Override
    public void adopt(Runnable ended) throws IOException {
        this.ended = ended;
        try {
            watch.listen(name, this);
            Pod there = cluster.pod(name).get();
            if (there == null) {
                gone();
            } else {
                seen(there);
                limit();
            }
        } catch (KubernetesClientException e) {
            throw new IOException(e);
        }
    }

    /** Before its container starts, if there is time: the kubelet makes the pod's group well before. */
    private void limit() {
        PodCgroup group = group();
        if (limited || group == null || !PodCgroup.writable()) {
            return;
        }
        try {
            limited = group.limitPids(pids);
            if (limited && group.processes().size() > pids) {
                LOG.warn("workload {} had more processes than it may before it was limited", record.id());
                end(group);
            }
        } catch (IOException e) {
            LOG.debug("pod {} is gone before it was limited", name, e);
        }
    }

    private @Nullable String hopeless() {
        Pod now = pod;
        ContainerStatus status = now == null ? null : status(now);
        ContainerState state = status == null ? null : status.getState();
        if (state != null
                && state.getWaiting() != null
                && HOPELESS.contains(String.valueOf(state.getWaiting().getReason()))) {
            return state.getWaiting().getReason() + " " + state.getWaiting().getMessage();
        }
        return null;
    }

    private static @Nullable ContainerStatus status(Pod pod) {
        var all = pod.getStatus() == null ? null : pod.getStatus().getContainerStatuses();
        return all == null || all.isEmpty() ? null : all.getFirst();
    }

    private @Nullable PodCgroup group() {
        Pod now = pod;
        return now == null ? null : new PodCgroup(now.getMetadata().getUid());
    }

    @Override
    public synchronized void seen(Pod now) {
        if (exited) {
            return;
        }
        pod = now;
        ContainerStatus status = status(now);
        ContainerState state = status == null ? null : status.getState();
        if (state != null && (state.getRunning() != null || reached(state.getTerminated()))) {
            start(now);
        }
        ContainerStateTerminated terminated = state == null ? null : state.getTerminated();
        if (terminated != null) {
            end = terminated;
        }
        String phase =
                now.getStatus() == null ? "" : String.valueOf(now.getStatus().getPhase());
        if (terminated != null || phase.equals("Succeeded") || phase.equals("Failed")) {
            exit();
        }
    }

    /** Whether its command ran, and the engine did not only fail to run it. */
    private static boolean reached(@Nullable ContainerStateTerminated state) {
        return state != null && !Set.of("ContainerCannotRun", "StartError").contains(String.valueOf(state.getReason()));
    }

    private void start(Pod now) {
        String address = now.getStatus().getPodIP();
        if (record.port() > 0 && forward == null && address != null && !exited) {
            try {
                forward = new Forward(InetAddress.ofLiteral(address), record.port());
            } catch (IOException e) {
                LOG.warn("port {} of workload {} cannot be forwarded", record.port(), record.id(), e);
            }
        }
        if (!following && record.probe().kind() == Probe.Kind.LINE) {
            following = true;
            Thread.ofVirtual().name("croft-lines-" + name).start(this::followLines);
        }
        began = true;
    }

    @Override
    public void gone() {
        exit();
    }

    private synchronized void exit() {
        exited = true;
        stopForwarding();
        ended.run();
    }

    private synchronized void stopForwarding() {
        Forward open = forward;
        forward = null;
        if (open != null) {
            open.close();
        }
    }

    private void followLines() {
        byte[] buffer = new byte[8192];
        while (!lines.seen() && !exited && !closed.getAsBoolean()) {
            try (InputStream in = logs(true, closed)) {
                for (int n = in.read(buffer); n >= 0 && !lines.seen(); n = in.read(buffer)) {
                    lines.accept(ByteBuffer.wrap(buffer, 0, n));
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug("following the log of {}", name, e);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @Override
    public boolean alive() {
        return !exited;
    }

    @Override
    public boolean began() {
        return began;
    }

    @Override
    public void terminate() {
        PodCgroup group = group();
        if (group != null) {
            group.main().ifPresent(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy));
        }
    }

    @Override
    public boolean kill() {
        long patience = System.nanoTime() + KILL_NANOS;
        long status = System.nanoTime() + STATUS_NANOS;
        try {
            Pod known = pod;
            if (!began && !exited) {
                cluster.delete(name); // so that the kubelet does not start it while we look
            }
            if (known == null) {
                exit(); // it was never made
                return true;
            }
            PodCgroup group = new PodCgroup(known.getMetadata().getUid());
            while (true) {
                boolean empty = end(group);
                // Its end is told by the kubelet a moment later, and how it ended with it.
                if (empty && (exited || System.nanoTime() > status)) {
                    exit();
                    return true;
                }
                if (System.nanoTime() > patience) {
                    return false;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        } catch (KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot end a pod", e);
        }
    }

    /** Kills all of a pod; whether nothing of it is left. */
    static boolean end(PodCgroup group) {
        try {
            group.freeze(false);
        } catch (IOException e) {
            LOG.debug("thawing a pod that goes", e);
        }
        if (group.processes().isEmpty()) {
            return true;
        }
        // With the first process of its numbering the kernel ends all the others, however fast they multiply.
        group.first().ifPresent(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        return false;
    }

    @Override
    public boolean pause(boolean stop) throws IOException {
        PodCgroup group = group();
        if (!PodCgroup.writable()) {
            throw new IOException("only root of the node can stop a pod where it is");
        }
        return group != null && group.freeze(stop);
    }

    @Override
    public boolean lineSeen() {
        return lines.seen();
    }

    @Override
    public Exit finish() throws IOException {
        if (!Files.exists(kept)) {
            keep();
        }
        discard();
        try (DataInputStream in = new DataInputStream(Files.newInputStream(kept))) {
            int code = in.readInt();
            return new Exit(code < 0 ? OptionalInt.empty() : OptionalInt.of(code), in.readBoolean());
        }
    }

    /** Keeps the exit code, whether memory ran out, and then what was printed: whole or not at all. */
    private void keep() throws IOException {
        ContainerStateTerminated how = end;
        boolean known = how != null && !"ContainerStatusUnknown".equals(how.getReason());
        byte[] printed = new byte[0];
        try (InputStream log = cluster.logs(name, lineCount(), false)) {
            printed = new Tail(record.logBytes()).readAll(log).bytes();
        } catch (KubernetesClientException e) {
            if (e.getCode() == 0 || e.getCode() >= 500 && cluster.pod(name).get() != null) {
                throw new IOException(e); // asked again in a moment
            }
            LOG.debug("the log of {} is gone", name, e);
        }
        Path fresh = kept.resolveSibling("end.new");
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(fresh)))) {
            out.writeInt(known && how != null ? how.getExitCode() : -1);
            out.writeBoolean(how != null && "OOMKilled".equals(how.getReason()));
            out.write(printed);
        }
        Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private int lineCount() {
        return (int) Math.clamp(record.logBytes() / BYTES_PER_LINE, 100, 1_000_000);
    }

    @Override
    public InputStream logs(boolean follow, BooleanSupplier over) {
        try {
            if (!Files.exists(kept)) {
                try {
                    InputStream log = cluster.logs(name, lineCount(), follow);
                    return follow ? log : new Tail(record.logBytes()).readAll(log).stream();
                } catch (KubernetesClientException e) {
                    if (!Files.exists(kept)) {
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

    @Override
    public void discard() {
        stopForwarding();
        watch.forget(name);
        try {
            cluster.delete(name);
        } catch (KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot delete a pod", e);
        }
    }
}
