package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.LineWatch;
import dev.croft.runtime.watch.Probe;
import dev.croft.runtime.watch.Record;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The container of a workload. When it has ended, what it printed and how it ended are kept in the workload's directory and the
 * container is removed, so that an engine is not left full of dead ones by a router that never comes back.
 */
final class DockerBody implements Body {
    static final String CONTAINER = "container";

    private static final int PATIENT_LOOKS = 100;
    private static final int FEW_LOOKS = 15;
    private static final int KILLED = 137;
    private static final int NOT_FOUND = 404;
    private static final Logger LOG = LoggerFactory.getLogger(DockerBody.class);

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Engine engine;
    private final Path kept;
    private final String container;
    private final Function<Launch, ContainerSpec> plan;
    private final LineWatch lines;
    private final boolean watchesLines;
    private final BooleanSupplier closed;
    private final boolean seccomp;
    private final Handlers handlers;
    private final Path asked;
    private volatile boolean began;
    private volatile boolean exited;
    private volatile boolean killed;

    /**
     * @param directory the workload's own
     * @param plan makes the container's description
     * @param closed tells when the runtime has been closed
     * @param seccomp whether the engine filters system calls
     * @param handlers what it runs containers by
     */
    DockerBody(
            Engine engine,
            Path directory,
            Record record,
            Function<Launch, ContainerSpec> plan,
            BooleanSupplier closed,
            boolean seccomp,
            Handlers handlers) {
        this.handlers = handlers;
        this.asked = directory.resolve("asked.json");
        this.seccomp = seccomp;
        this.engine = engine;
        this.kept = directory.resolve("end");
        this.container = record.backend().getOrDefault(CONTAINER, "");
        this.plan = plan;
        this.lines = LineWatch.of(record);
        this.watchesLines = record.probe().kind() == Probe.Kind.LINE;
        this.closed = closed;
    }

    @Override
    public void begin(Launch launch, Runnable ended) throws IOException {
        ContainerSpec spec = plan.apply(launch);
        String id = engine.post("/containers/create?name=" + container, spec.json())
                .path("Id")
                .asText();
        // Kept for later looks, by this router or the next.
        ObjectNode made = Engine.JSON.createObjectNode().put("Id", id);
        made.set("Asked", spec.json());
        Files.write(asked, Engine.JSON.writeValueAsBytes(made));
        engine.post("/containers/" + id + "/start", null);
        began = true;
        List<String> deviations = deviations();
        if (!deviations.isEmpty()) {
            throw new WorkloadException.Deviates(launch.spec().id(), deviations);
        }
        watch(ended);
    }

    @Override
    public void adopt(Runnable ended) throws IOException {
        try {
            JsonNode state = inspect().path("State");
            began = !state.path("StartedAt").asText("0001").startsWith("0001");
            exited = !state.path("Running").asBoolean();
        } catch (Engine.Refused e) {
            exited = true; // the container is gone, or was never made
        }
        if (!exited) {
            watch(ended);
        }
    }

    @Override
    public List<String> deviations() throws IOException {
        if (!Files.exists(asked)) {
            return List.of(); // made by a router that did not keep it
        }
        JsonNode made = Engine.JSON.readTree(Files.readAllBytes(asked));
        JsonNode answer;
        try {
            answer = inspect();
        } catch (Engine.Refused e) {
            return List.of(); // gone: there is nothing that could be other
        }
        Inspection found =
                Inspection.of(made.path("Asked"), answer, made.path("Id").asText());
        String handler = made.path("Asked").path("HostConfig").path("Runtime").asText(handlers.usual());
        return found.and(kernel(answer, handlers.kindOf(handler).kind())).deviations();
    }

    /** What this machine's kernel says of the first process, where it runs on this machine and has not ended yet. */
    private Inspection kernel(JsonNode answer, Handlers.Kind kind) {
        Path process = Path.of("/proc", answer.path("State").path("Pid").asText("0"));
        try {
            if (Files.readString(process.resolve("cgroup"))
                    .contains(answer.path("Id").asText())) {
                Inspection found = look(process, kind);
                // The engine's own starter drops what it may do one thing after another, and then becomes the command.
                for (int i = 0; i < PATIENT_LOOKS && !found.clean(); i++) {
                    LockSupport.parkNanos(5_000_000);
                    found = look(process, kind);
                }
                return found;
            }
        } catch (IOException e) {
            LOG.debug("container {} is not to be seen in /proc", container, e);
        }
        return new Inspection(List.of());
    }

    private Inspection look(Path process, Handlers.Kind kind) throws IOException {
        String status = Files.readString(process.resolve("status"));
        return switch (kind) {
            case KERNEL -> Inspection.of(status, seccomp);
            case GVISOR -> Inspection.ofGvisor(status, program(process));
        };
    }

    /** The file that a process runs, where this one may know. */
    private static @Nullable Path program(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("exe"));
        } catch (IOException e) {
            return null;
        }
    }

    private void watch(Runnable ended) {
        Thread.ofVirtual().name("croft-wait-" + container).start(() -> await(ended));
        if (watchesLines) {
            Thread.ofVirtual().name("croft-lines-" + container).start(this::followLines);
        }
    }

    private void await(Runnable ended) {
        while (!exited && !closed.getAsBoolean()) {
            try {
                engine.post("/containers/" + container + "/wait?condition=not-running", null);
                exited = true;
            } catch (Engine.Refused e) {
                exited = e.status() == NOT_FOUND;
            } catch (IOException e) {
                LockSupport.parkNanos(RETRY_NANOS); // an engine that restarts
            }
        }
        ended.run();
    }

    private void followLines() {
        byte[] buffer = new byte[8192];
        try (InputStream in = logs(true, closed)) {
            for (int n = in.read(buffer); n >= 0 && !lines.seen(); n = in.read(buffer)) {
                lines.accept(ByteBuffer.wrap(buffer, 0, n));
            }
        } catch (IOException e) {
            return; // the container has ended, or the health check will fail in time
        }
    }

    private JsonNode inspect() throws IOException {
        return engine.get("/containers/" + container + "/json");
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
        if (!signal("SIGTERM")) {
            try {
                pause(false); // gVisor takes no signals while it stands still
                signal("SIGTERM");
            } catch (IOException e) {
                LOG.debug("container {} cannot be asked to end", container, e);
            }
        }
    }

    private boolean signal(String name) {
        try {
            engine.post("/containers/" + container + "/kill?signal=" + name, null);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public boolean kill() {
        killed = true;
        long end = System.nanoTime() + KILL_NANOS;
        while (!exited) {
            try {
                JsonNode state = inspect().path("State");
                if (!state.path("Running").asBoolean()) {
                    exited = true;
                    return true;
                }
                if (state.path("Paused").asBoolean()) {
                    engine.post("/containers/" + container + "/unpause", null);
                }
                signal("SIGKILL");
            } catch (Engine.Refused e) {
                if (e.status() == NOT_FOUND) {
                    exited = true;
                    return true;
                }
            } catch (IOException e) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
            if (System.nanoTime() > end) {
                return false;
            }
            // The engine is not asked again and again for what the watch over this container tells at once.
            for (int i = 0; i < 10 && !exited; i++) {
                LockSupport.parkNanos(2_000_000);
            }
        }
        return true;
    }

    @Override
    public boolean pause(boolean stop) throws IOException {
        if (paused() != stop) {
            try {
                engine.post("/containers/" + container + (stop ? "/pause" : "/unpause"), null);
            } catch (Engine.Refused e) {
                // The engine lets a paused container go on by itself when it is asked to end it.
                if (paused() != stop) {
                    throw e;
                }
            }
        }
        return true;
    }

    private boolean paused() throws IOException {
        return inspect().path("State").path("Paused").asBoolean();
    }

    @Override
    public boolean lineSeen() {
        return lines.seen();
    }

    @Override
    public Exit finish() throws IOException {
        try {
            if (!Files.exists(kept)) {
                keep(ended());
            }
        } catch (Engine.Refused e) {
            return new Exit(OptionalInt.empty(), false);
        }
        discard();
        try (DataInputStream end = new DataInputStream(Files.newInputStream(kept))) {
            return new Exit(OptionalInt.of(end.readInt()), end.readBoolean());
        }
    }

    /** How it ended. That memory ran out, an engine notes a moment later than the end, at times. */
    private JsonNode ended() throws IOException {
        JsonNode state = inspect().path("State");
        for (int i = 0;
                i < FEW_LOOKS
                        && !killed
                        && state.path("ExitCode").asInt() == KILLED
                        && !state.path("OOMKilled").asBoolean();
                i++) {
            LockSupport.parkNanos(20_000_000);
            state = inspect().path("State");
        }
        return state;
    }

    /** Keeps the exit code, whether memory ran out, and then what was printed: whole or not at all. */
    private void keep(JsonNode state) throws IOException {
        Path fresh = kept.resolveSibling("end.new");
        try (DataOutputStream end = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(fresh)));
                InputStream printed = engineLogs(false, () -> false)) {
            end.writeInt(state.path("ExitCode").asInt());
            end.writeBoolean(state.path("OOMKilled").asBoolean());
            printed.transferTo(end);
        }
        Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public InputStream logs(boolean follow, BooleanSupplier ended) {
        try {
            if (!Files.exists(kept)) {
                try {
                    return engineLogs(follow, ended);
                } catch (Engine.Refused e) {
                    if (!Files.exists(kept)) {
                        if (e.status() == NOT_FOUND) {
                            return InputStream.nullInputStream(); // not made yet: it has printed nothing
                        }
                        throw e;
                    }
                    // It ended just now.
                }
            }
            InputStream end = new BufferedInputStream(Files.newInputStream(kept));
            end.skipNBytes(Integer.BYTES + 1L);
            return end;
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot read the log", e);
        }
    }

    private InputStream engineLogs(boolean follow, BooleanSupplier ended) throws IOException {
        String path = "/containers/" + container + "/logs?stdout=1&stderr=1&follow=" + (follow ? 1 : 0);
        return new Frames(engine.stream(path), ended);
    }

    @Override
    public void discard() {
        try {
            engine.delete("/containers/" + container + "?force=1&v=1");
        } catch (Engine.Refused e) {
            if (e.status() != NOT_FOUND && e.status() != 409) {
                throw new WorkloadException.Backend("cannot remove a container", e);
            }
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot remove a container", e);
        }
    }

    @Override
    public boolean destroy() {
        discard(); // the engine kills what still runs, also what is paused
        return true;
    }

    /** Removes containers of this runtime that it does not know. */
    static void sweep(Engine engine, String runtime, Predicate<String> known) throws IOException {
        ObjectNode filters = Engine.JSON.createObjectNode();
        filters.putArray("label").add(ContainerSpec.RUNTIME_LABEL + "=" + runtime);
        for (JsonNode found : engine.get("/containers/json?all=1&filters=" + Engine.quote(filters))) {
            String id = found.path("Labels").path(ContainerSpec.ID_LABEL).asText();
            if (!known.test(id)) {
                engine.delete("/containers/" + found.path("Id").asText() + "?force=1&v=1");
            }
        }
    }

    static Map<String, String> remember(String name) {
        return Map.of(CONTAINER, name);
    }
}
