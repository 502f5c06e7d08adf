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
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    private final PodEnd end;
    private final Path directory;
    private final Record record;
    private final String name;
    private final int pids;
    private final Function<Launch, PodPlan> plan;
    private final LineWatch lines;
    private final BooleanSupplier closed;
    private final Pausing pausing;

    private volatile @Nullable Pod pod;
    private volatile @Nullable ContainerStateTerminated terminated;
    private volatile boolean leaving;
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
        this.directory = directory;
        this.end = new PodEnd(cluster, directory, record);
        this.record = record;
        this.name = record.backend().getOrDefault(POD, "");
        this.pids = Integer.parseInt(record.backend().getOrDefault(PIDS, "0"));
        this.plan = plan;
        this.lines = LineWatch.of(record);
        this.closed = closed;
        this.pausing = new Pausing(cluster, directory, name, Pausing.PATIENCE, () -> exited || closed.getAsBoolean());
    }

    static Map<String, String> remember(String name, int pids) {
        return Map.of(POD, name, PIDS, Integer.toString(pids));
    }

    @Override
    public void begin(Launch launch, Runnable ended) throws IOException {
        this.ended = ended;
        PodPlan asked = plan.apply(launch);
        watch.listen(name, this);
        // Kept for later looks, by this router or the next.
        AskedPod kept = new AskedPod(asked.pod(), asked.digest(), "");
        kept.write(directory);
        Pod made = cluster.create(asked.pod());
        kept = kept.of(made);
        kept.write(directory);
        seen(made);
        long patience = System.nanoTime() + START_NANOS;
        while (!began && !exited) {
            limit();
            String why = hopeless();
            if (why != null || System.nanoTime() > patience) {
                throw new WorkloadException.Backend("the pod does not start: " + (why == null ? waits() : why));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        limit();
        Pod now = pod;
        if (now != null && began) {
            List<String> deviations = kept.deviations(now);
            if (!deviations.isEmpty()) {
                throw new WorkloadException.Deviates(launch.spec().id(), deviations);
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
                if (!exited) {
                    pausing.adopt(new PodCgroup(there.getMetadata().getUid()).frozen());
                }
            }
        } catch (KubernetesClientException e) {
            throw new IOException(e);
        }
    }

    @Override
    public List<String> deviations() throws IOException {
        AskedPod asked = AskedPod.read(directory);
        Pod now = pod;
        // What was made by a router that did not keep it is not known, and what is gone can be nothing else.
        return asked == null || now == null || exited ? List.of() : asked.deviations(now);
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
        if (now == null) {
            return null;
        }
        ContainerStatus status = status(now);
        ContainerState state = status == null ? null : status.getState();
        if (state != null
                && state.getWaiting() != null
                && HOPELESS.contains(String.valueOf(state.getWaiting().getReason()))) {
            return state.getWaiting().getReason() + " " + state.getWaiting().getMessage();
        }
        // The node is this one; room on it may come, its labels do not.
        String unscheduled = unscheduled(now);
        boolean nowhere = unscheduled != null
                && now.getSpec().getNodeSelector() != null
                && !now.getSpec().getNodeSelector().isEmpty()
                && unscheduled.contains("didn't match")
                && !unscheduled.contains("Insufficient");
        return nowhere ? unscheduled : null;
    }

    /** What it waited for in vain, as far as the cluster says so. */
    private String waits() {
        Pod now = pod;
        String unscheduled = now == null ? null : unscheduled(now);
        return unscheduled == null ? "no answer" : unscheduled;
    }

    /** The scheduler's words, while it finds no node. */
    private static @Nullable String unscheduled(Pod pod) {
        return pod.getStatus() == null
                ? null
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> "PodScheduled".equals(condition.getType())
                                && "False".equals(condition.getStatus())
                                && condition.getMessage() != null)
                        .map(PodCondition::getMessage)
                        .findFirst()
                        .orElse(null);
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
        pausing.seen(now);
        ContainerStatus status = status(now);
        ContainerState state = status == null ? null : status.getState();
        if (state != null && (state.getRunning() != null || reached(state.getTerminated()))) {
            start(now);
        }
        ContainerStateTerminated how = state == null ? null : state.getTerminated();
        if (how != null) {
            terminated = how;
        }
        String phase =
                now.getStatus() == null ? "" : String.valueOf(now.getStatus().getPhase());
        if (how != null || phase.equals("Succeeded") || phase.equals("Failed")) {
            exit();
        } else if (began && !leaving && now.getMetadata().getDeletionTimestamp() != null) {
            leaving = true;
            Thread.ofVirtual()
                    .name("croft-leaving-" + name)
                    .start(() -> leave(new PodCgroup(now.getMetadata().getUid())));
        }
    }

    /** Someone else deleted it: its processes end at once, and the kubelet would tell so only when all of it is cleared away. */
    private void leave(PodCgroup group) {
        try {
            group.freeze(false);
        } catch (IOException e) {
            LOG.debug("thawing a pod that goes", e);
        }
        while (!exited && !closed.getAsBoolean() && group.main().isPresent()) {
            LockSupport.parkNanos(10 * LOOK_NANOS);
        }
        if (!closed.getAsBoolean()) {
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

    /** Without waiting for what the kubelet would tell of its end. */
    @Override
    public boolean destroy() {
        long patience = System.nanoTime() + KILL_NANOS;
        try {
            Pod known = pod;
            if (!began) {
                cluster.delete(name); // so that the kubelet does not start it while we look
            }
            boolean clean = known == null;
            PodCgroup group =
                    known == null ? null : new PodCgroup(known.getMetadata().getUid());
            while (group != null && !clean && System.nanoTime() < patience) {
                clean = end(group);
                if (!clean) {
                    LockSupport.parkNanos(LOOK_NANOS / 5);
                }
            }
            discard();
            return clean;
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
        return group != null && pausing.pause(stop, group::freeze);
    }

    @Override
    public boolean lineSeen() {
        return lines.seen();
    }

    @Override
    public Exit finish() throws IOException {
        end.keep(terminated);
        discard();
        return end.read();
    }

    @Override
    public InputStream logs(boolean follow, BooleanSupplier over) {
        return end.logs(follow);
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
