package dev.croft.runtime.kubernetes;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Handover;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.Record;
import dev.croft.runtime.watch.WatchedRuntime;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs workloads as pods of a Kubernetes namespace (1.19 or later) on the node that this router runs on, outside of any pod. Doors,
 * mounts and volumes are directories of the node, which pods get as parts of persistent volumes that are bound to it. Thread-safe.
 *
 * <p>Pods run as the router's own user or, where that is root, as user 10001 (services) and 10002 (Croft's own parts), to whom their
 * files are handed over at launch.
 */
public final class KubernetesRuntime extends WatchedRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(KubernetesRuntime.class);
    private static final int SERVICE = 10_001;
    private static final int OWN_PART = 10_002;
    /** Claims of named volumes are called this and the volume's name. */
    static final String VOLUME = "volume-";

    /** Where images that have no registry are named, each by its id. */
    private static final String PINNED = "localhost/croft";

    /**
     * How to open.
     *
     * @param files the directory that everything is in which workloads see; pods get parts of it
     * @param namespace the runtime's own, made if it is not there; empty for one named after the state directory
     * @param base the image that programs given as files run on
     * @param engine socket of the node's Docker engine, where images without a registry are; empty where the kubelet fetches images
     * @param quarters what this installation has decided of all pods
     * @param owner names what has a claim of its own, by its directory
     * @param requireIsolation whether to refuse to open where services would not be isolated
     */
    public record Options(
            Path files,
            Optional<String> namespace,
            Optional<Program.Image> base,
            Optional<Path> engine,
            Quarters quarters,
            Function<Path, Optional<String>> owner,
            boolean requireIsolation) {
        /** The usual engine, no base image, a namespace of its own. */
        public static Options of(Path files) {
            return new Options(
                    files,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(Path.of("/var/run/docker.sock")),
                    Quarters.ANYHOW,
                    _ -> Optional.empty(),
                    false);
        }

        public Options withBase(Program.Image image) {
            return new Options(files, namespace, Optional.of(image), engine, quarters, owner, requireIsolation);
        }

        public Options withOwner(Function<Path, Optional<String>> value) {
            return new Options(files, namespace, base, engine, quarters, value, requireIsolation);
        }

        public Options withNamespace(String value) {
            return new Options(files, Optional.of(value), base, engine, quarters, owner, requireIsolation);
        }

        public Options withQuarters(Quarters value) {
            return new Options(files, namespace, base, engine, value, owner, requireIsolation);
        }

        public Options withRequireIsolation(boolean value) {
            return new Options(files, namespace, base, engine, quarters, owner, value);
        }
    }

    private final Options options;
    private final KubernetesClient client;
    private final Cluster cluster;
    private final Claims claims;
    private final PodWatch watch;
    private final String name;
    private final Optional<EngineImages> images;
    private final Optional<String> seccomp;
    private final int routerUser;
    private final Enforcement enforcement;
    private volatile boolean closed;

    private KubernetesRuntime(Path directory, Options options) {
        super(directory);
        KubernetesClient connected = null;
        try {
            this.options = options;
            Config config = Config.autoConfigure(null);
            connected = new KubernetesClientBuilder().withConfig(config).build();
            client = connected;
            String version = "v" + client.getKubernetesVersion().getMajor() + "."
                    + client.getKubernetesVersion().getMinor();
            if (!PodCgroup.onNode()) {
                throw new WorkloadException.Backend("this machine is no node of a cluster: pods could not reach doors");
            }
            String node = Cluster.thisNode(client);
            name = nameOn(node, state());
            cluster = new Cluster(client, options.namespace().orElse("croft-" + name), name);
            routerUser = (int) Files.getAttribute(state(), "unix:uid");
            Path volumes = state().resolve("volumes");
            claims = new Claims(
                    cluster,
                    name,
                    node,
                    options.files(),
                    path -> volumes.equals(path.getParent())
                            ? Optional.of(VOLUME + path.getFileName())
                            : options.owner().apply(path));
            images = options.engine().filter(Files::exists).map(EngineImages::new);
            seccomp = SystemCalls.install(name);
            enforcement = Held.here(version, seccomp.isPresent(), PodCgroup.writable());
            if (options.requireIsolation() && !enforcement.isolated()) {
                throw new WorkloadException.IsolationUnavailable(enforcement);
            }
            check(options.quarters().services());
            check(options.quarters().hosts());
            cluster.prepare();
            cluster.discover();
            watch = new PodWatch(cluster, name);
            adopt();
        } catch (IOException | KubernetesClientException e) {
            abandon(connected);
            throw new WorkloadException.Backend("no Kubernetes cluster that can be used", e);
        } catch (RuntimeException e) {
            abandon(connected);
            throw e;
        }
    }

    /**
     * Opens the runtime whose state is in this directory and takes up the pods that an earlier one left. The cluster is the one that
     * {@code KUBECONFIG} names, or what fabric8's client finds without it.
     *
     * @throws WorkloadException.Backend if the cluster does not answer, this machine is not its node, or another runtime has the
     *     directory open
     * @throws WorkloadException.IsolationUnavailable if isolation is required and not to be had
     */
    public static KubernetesRuntime open(Path state, Options options) {
        return new KubernetesRuntime(state, options);
    }

    /**
     * Tells a runtime's things from another's in the same cluster, where each node may have one whose state is in a directory of the same
     * name: 12 hex digits.
     *
     * @param node the label {@code kubernetes.io/hostname} of the node that it is on
     * @param state its state directory's real path
     */
    public static String nameOn(String node, Path state) {
        return nameOf(Path.of("/" + node + state));
    }

    /** Puts the images of an archive into the node's engine unless it has this one of them already. */
    public void loadIfAbsent(Program.Image image, Path archive) {
        EngineImages engine =
                images.orElseThrow(() -> new WorkloadException.Backend("no engine of the node to load images into"));
        if (engine.find(image.digest().toString()).isEmpty()) {
            engine.load(archive);
        }
    }

    /** The client that it talks to the cluster with; closed with it. */
    public KubernetesClient client() {
        return client;
    }

    /** The name of a workload's pod. */
    public String podOf(WorkloadId id) {
        return "croft-" + name + "-" + id;
    }

    /** The namespace that its pods are in. */
    public String namespace() {
        return cluster.namespace();
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
        check(options.quarters().of(spec));
        switch (spec.program()) {
            case Program.Image image -> present(image);
            case Program.Files _ -> present(base());
            case Program.HostCommand _ -> throw new WorkloadException.InvalidSpec("pods run no host commands");
        }
    }

    private void check(Placing placing) {
        String runtimeClass = placing.runtimeClass();
        try {
            if (runtimeClass != null && !cluster.hasRuntimeClass(runtimeClass)) {
                throw new WorkloadException.InvalidSpec("the cluster has no runtime class " + runtimeClass);
            }
        } catch (KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot look for runtime class " + runtimeClass, e);
        }
    }

    private Program.Image base() {
        return options.base()
                .orElseThrow(() -> new WorkloadException.InvalidSpec("no base image is set to run files on"));
    }

    private void present(Program.Image image) {
        if (images.isEmpty()) {
            return; // the kubelet fetches it by its digest
        }
        Digest found = images.get()
                .find(image.digest().toString())
                .or(() -> images.get().find(image.reference()))
                .orElseThrow(
                        () -> new WorkloadException.InvalidSpec("the node's engine has no image " + image.reference()));
        if (!found.equals(image.digest())) {
            throw new WorkloadException.DigestMismatch(image.digest(), found);
        }
        // Kubelets know images by name alone; this one says which it is, and what runs is compared with it.
        images.get().tag(found, PINNED, found.hex());
    }

    @Override
    protected Map<String, String> prepare(Launch launch) throws IOException {
        boolean listens = launch.spec().network() instanceof Network.Listening;
        if (launch.spec().network() instanceof Network.Listening(int port) && port == 0) {
            throw new WorkloadException.InvalidSpec("a pod's port must be known");
        }
        if (routerUser == 0) {
            if (launch.spec().door().isPresent()) {
                Handover.door(launch.spec().door().get(), listens ? OWN_PART : SERVICE);
            }
            for (Mount mount : launch.spec().mounts()) {
                if (listens) {
                    Handover.ownAll(launch.source(mount), OWN_PART);
                } else if (mount instanceof Mount.Volume) {
                    Handover.own(launch.source(mount), SERVICE);
                }
            }
        }
        // One process more: the pod's own first one.
        return PodBody.remember(
                podOf(launch.spec().id()), launch.spec().limits().pids() + 1);
    }

    @Override
    public void admit(Path door) throws IOException {
        if (routerUser == 0) {
            Handover.door(door, SERVICE);
        }
    }

    @Override
    public void admit(Mount.HostPath directory) throws IOException {
        super.admit(directory);
        if (routerUser == 0) {
            Handover.ownAll(directory.source(), OWN_PART);
        }
        // The pod has it by another way; the claim says in the cluster whose directory that is.
        if (options.owner().apply(directory.source()).isPresent()) {
            Claims.Place place = claims.place(directory.source());
            claims.ensure(place.claim(), place.directory());
        }
    }

    @Override
    protected Body body(Path directory, Record record) {
        return new PodBody(cluster, watch, directory, record, this::plan, () -> closed);
    }

    private PodPlan plan(Launch launch) {
        boolean listens = launch.listens();
        Placing placing = options.quarters().of(launch.spec());
        Program.Image image = launch.spec().program() instanceof Program.Image i ? i : base();
        PodPlan plan = PodPlan.of(
                launch,
                new PodPlan.Terms(
                        podOf(launch.spec().id()),
                        name,
                        image,
                        images.isPresent()
                                ? PINNED + ":" + image.digest().hex()
                                : image.reference() + "@" + image.digest(),
                        images.isEmpty(),
                        routerUser != 0 ? routerUser : listens ? OWN_PART : SERVICE,
                        listens ? Optional.empty() : seccomp,
                        placing,
                        options.quarters().overcommit(placing)),
                claims);
        try {
            plan.claims().forEach(claims::ensure);
        } catch (KubernetesClientException e) {
            if (!Cluster.isNamespaceGone(e)) {
                throw e;
            }
            // Somebody deleted the namespace, or still does: all that was in it is made again when that is done.
            cluster.prepare();
            plan.claims().forEach(claims::ensure);
        }
        return plan;
    }

    @Override
    protected void sweep(Predicate<String> known) {
        try {
            cluster.sweep(known);
            claims.sweep(false);
        } catch (KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot list pods", e);
        }
    }

    private void abandon(@Nullable KubernetesClient connected) {
        super.close();
        if (connected != null) {
            connected.close();
        }
    }

    /** Stops watching; if no workload runs on, nothing of this runtime is left in the cluster either. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean idle = list().stream().allMatch(workload -> workload.state().ended());
        super.close();
        try {
            watch.close();
            if (idle) {
                claims.sweep(true);
                cluster.clear();
                SystemCalls.remove(name);
            }
        } catch (IOException e) {
            LOG.warn("the system-call filter of namespace {} stays on the node", cluster.namespace(), e);
        } catch (KubernetesClientException e) {
            throw new WorkloadException.Backend("cannot clear the namespace", e);
        } finally {
            client.close();
        }
    }
}
