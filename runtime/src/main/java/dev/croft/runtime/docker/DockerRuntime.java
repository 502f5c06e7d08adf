package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Enforcement.Guarantee;
import dev.croft.runtime.Enforcement.Item;
import dev.croft.runtime.Enforcement.Level;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Handover;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.Record;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Runs workloads as containers of a Docker engine (API 1.41 or later) on this host. Images must be in the engine; they
 * are run by id, and a container that turns out other than it was asked for is ended at once. Programs given as files
 * run on a base image. Doors, mounts and volumes are directories of this host. Thread-safe.
 *
 * <p>Services run as the router's own user, or as user 10001 where that is root; then a door is opened to that user's group at
 * launch. Croft's own parts ({@link Network.Listening}) always run as the router's own user, without its capabilities.
 */
public final class DockerRuntime extends WatchedRuntime {
    private static final int UNPRIVILEGED = 10_001;

    /**
     * How to open.
     *
     * @param socket the engine's, usually {@code /var/run/docker.sock}
     * @param base the image that programs given as files run on
     * @param quarters of which a runtime class, if the engine has one of that name or the quarters name one, is all there is here
     * @param requireIsolation whether to refuse to open where services would not be isolated
     */
    public record Options(Path socket, Optional<Program.Image> base, Quarters quarters, boolean requireIsolation) {
        /** {@link #usualSocket()}, no base image. */
        public static final Options DEFAULT = new Options(usualSocket(), Optional.empty(), Quarters.ANYHOW, false);

        public Options withBase(Program.Image image) {
            return new Options(socket, Optional.of(image), quarters, requireIsolation);
        }
    }

    private final Engine engine;
    private final Options options;
    private final String name;
    private final String user;
    private final String routerUser;
    private final int processors;
    private final boolean seccomp;
    private final Handlers handlers;
    private final Enforcement enforcement;
    private volatile boolean closed;

    private DockerRuntime(Path directory, Options options) {
        super(directory);
        this.options = options;
        try {
            engine = new Engine(options.socket());
            name = nameOf(state());
            JsonNode info = engine.get("/info");
            processors = Math.max(1, info.path("NCPU").asInt());
            seccomp = filters(info);
            handlers = Handlers.of(info);
            options.quarters().runtimes().keySet().forEach(name -> handler(Placing.ANYHOW.withRuntimeClass(name)));
            handler(options.quarters().hosts());
            routerUser = owner(state());
            user = routerUser.startsWith("0:") ? UNPRIVILEGED + ":" + UNPRIVILEGED : routerUser;
            enforcement = enforcement(info, handler(options.quarters().services()));
            if (options.requireIsolation() && !enforcement.isolated()) {
                throw new WorkloadException.IsolationUnavailable(enforcement);
            }
            adopt();
        } catch (IOException e) {
            close();
            throw new WorkloadException.Backend("no Docker engine at " + options.socket(), e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens the runtime whose state is in this directory and takes up the containers that an earlier one left.
     *
     * @throws WorkloadException.Backend if the engine does not answer, or another runtime has the directory open
     * @throws WorkloadException.IsolationUnavailable if isolation is required and not to be had
     */
    public static DockerRuntime open(Path state, Options options) {
        return new DockerRuntime(state, options);
    }

    /** Puts the images of an archive into the engine, as {@code docker load} does. */
    public void load(Path archive) {
        try {
            engine.load(archive);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot load images", e);
        }
    }

    /** Puts the images of an archive into the engine unless it has this one of them already. */
    public void loadIfAbsent(Program.Image image, Path archive) {
        if (id(image.digest().toString()).isEmpty()) {
            load(archive);
        }
    }

    /** Where the engine listens: what {@code DOCKER_HOST} names, if that is a Unix-domain socket, else {@code /var/run/docker.sock}. */
    public static Path usualSocket() {
        String set = System.getenv("DOCKER_HOST");
        return Path.of(
                set != null && set.startsWith("unix:///") ? set.substring("unix://".length()) : "/var/run/docker.sock");
    }

    private static String owner(Path own) throws IOException {
        return Files.getAttribute(own, "unix:uid") + ":" + Files.getAttribute(own, "unix:gid");
    }

    /** What holds for services; one that asks for another runtime class than the installation's has that one's. */
    private static Enforcement enforcement(JsonNode info, Handlers.Handler handler) {
        boolean gvisor = handler.kind() == Handlers.Kind.GVISOR;
        List<Item> items = new ArrayList<>();
        items.add(enforced(Guarantee.FILES, "read-only root, mounts named at launch"));
        items.add(enforced(Guarantee.NETWORK, "network none; parts that listen are on the engine's bridge"));
        items.add(enforced(Guarantee.PROCESSES, "process and IPC namespaces"));
        items.add(enforced(Guarantee.PRIVILEGES, "services are not root; no capabilities, no new privileges"));
        items.add(
                gvisor
                        ? enforced(Guarantee.SYSTEM_CALLS, "gVisor answers them; it is under seccomp itself")
                        : either(
                                Guarantee.SYSTEM_CALLS,
                                filters(info),
                                "seccomp, the engine's profile",
                                "the engine has no seccomp"));
        items.add(either(
                Guarantee.MEMORY,
                info.path("MemoryLimit").asBoolean(),
                gvisor ? "control group, gVisor's own memory in it" : "control group",
                "the engine has no MemoryLimit"));
        items.add(
                gvisor
                        ? new Item(
                                Guarantee.PIDS,
                                Level.PARTLY,
                                "control group with room for gVisor's own threads, over which all end")
                        : limit(Guarantee.PIDS, info, "PidsLimit"));
        items.add(limit(Guarantee.CPU, info, "CpuCfsQuota"));
        items.add(new Item(
                Guarantee.WALL_CLOCK, Level.PARTLY, "by the router; while none runs, at the start of the next"));
        items.add(enforced(Guarantee.SCRATCH, "file systems in memory of that size"));
        items.add(new Item(Guarantee.OUTPUT, Level.PARTLY, "measured twice a second, then killed"));
        items.add(enforced(Guarantee.LOGS, "the engine's two files in turn"));
        items.add(enforced(Guarantee.DIGEST, "images by id, inspected after the start; files copied, then hashed"));
        String version = info.path("ServerVersion").asText("?");
        return new Enforcement(
                (gvisor ? "gvisor on docker (" : "docker (") + version.replaceAll("[^0-9A-Za-z.+~-]", "") + ")", items);
    }

    private static boolean filters(JsonNode info) {
        return info.path("SecurityOptions").toString().contains("seccomp");
    }

    private static Item limit(Guarantee guarantee, JsonNode info, String field) {
        return either(guarantee, info.path(field).asBoolean(), "control group", "the engine has no " + field);
    }

    private static Item either(Guarantee guarantee, boolean holds, String how, String whyNot) {
        return holds ? enforced(guarantee, how) : new Item(guarantee, Level.NOT_ENFORCED, whyNot);
    }

    private static Item enforced(Guarantee guarantee, String how) {
        return new Item(guarantee, Level.ENFORCED, how);
    }

    @Override
    public Enforcement enforcement() {
        return enforcement;
    }

    @Override
    protected Optional<String> java() {
        return options.base().map(image -> image.digest().toString());
    }

    @Override
    protected void check(WorkloadSpec spec) {
        handler(options.quarters().wishes(spec));
        switch (spec.program()) {
            case Program.Image image -> present(image);
            case Program.Files _ -> present(base());
            case Program.HostCommand _ -> throw new WorkloadException.InvalidSpec("containers run no host commands");
        }
    }

    private Handlers.Handler handler(Placing placing) {
        placing.withRuntimeClass(null).refuse("containers");
        return handlers.of(placing.runtimeClass(), options.quarters().runtimes());
    }

    private Program.Image base() {
        return options.base()
                .orElseThrow(() -> new WorkloadException.InvalidSpec("no base image is set to run files on"));
    }

    /** An image is asked for by its id alone; its name serves to tell a changed image from an absent one. */
    private void present(Program.Image image) {
        Digest found;
        try {
            found = id(image.digest().toString())
                    .or(() -> id(image.reference()))
                    .orElse(null);
        } catch (UncheckedIOException e) {
            throw new WorkloadException.Backend("cannot look for the image", e);
        }
        if (found == null) {
            throw new WorkloadException.InvalidSpec("the engine has no image " + image.reference());
        }
        if (!found.equals(image.digest())) {
            throw new WorkloadException.DigestMismatch(image.digest(), found);
        }
    }

    private Optional<Digest> id(String image) {
        try {
            return Optional.of(Digest.parse(
                    engine.get("/images/" + image + "/json").path("Id").asText()));
        } catch (Engine.Refused e) {
            if (e.status() == 404) {
                return Optional.empty();
            }
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected Map<String, String> prepare(Launch launch) throws IOException {
        if (launch.spec().network() instanceof Network.Listening(int port) && port == 0) {
            throw new WorkloadException.InvalidSpec("a container's port must be known");
        }
        if (!user.equals(routerUser)) {
            if (launch.spec().door().isPresent()) {
                Handover.door(launch.spec().door().get(), UNPRIVILEGED);
            }
            for (Mount mount : launch.spec().mounts()) {
                if (mount instanceof Mount.Volume) {
                    Handover.own(launch.source(mount), UNPRIVILEGED);
                }
            }
        }
        return DockerBody.remember("croft-" + name + "-" + launch.spec().id());
    }

    @Override
    public void admit(Path door) throws IOException {
        if (!user.equals(routerUser)) {
            Handover.door(door, UNPRIVILEGED);
        }
    }

    @Override
    protected Body body(Path directory, Record record) {
        return new DockerBody(engine, directory, record, this::container, () -> closed, seccomp, handlers);
    }

    private ContainerSpec container(Launch launch) {
        Program program = launch.spec().program();
        Program.Image image = program instanceof Program.Image i ? i : base();
        String as = launch.spec().network() instanceof Network.Listening ? routerUser : user;
        return ContainerSpec.of(launch, name, image.digest().toString(), as, processors)
                .runBy(handler(options.quarters().wishes(launch.spec())));
    }

    @Override
    protected void sweep(Predicate<String> known) {
        try {
            DockerBody.sweep(engine, name, known);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot list containers", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        super.close();
    }
}
