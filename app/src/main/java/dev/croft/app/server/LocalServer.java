package dev.croft.app.server;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.RouterServer;
import dev.croft.router.fleet.RouterIdentity;
import dev.croft.router.placement.Publishers;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Member;
import dev.croft.router.trace.SpanExport;
import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.pool.Kind;
import dev.croft.runtime.pool.WarmPool;
import dev.croft.runtime.watch.StartCaches;
import dev.croft.runtime.watch.WatchedRuntime;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Everything on one machine: a runtime and the router over it. Closing it ends services and hosts. */
public final class LocalServer implements AutoCloseable {
    /** Each that waits takes the memory of a small JVM. */
    public static final WarmPool.Bounds WARM = new WarmPool.Bounds(0, 2, 4);

    private final Home home;
    private final Runtime runtime;
    private final RouterServer router;
    private final RouterConfig config;
    private final Runtime workloads;
    private Set<String> bundles = Set.of();
    private AutoCloseable beside = () -> {};

    private LocalServer(Home home, Runtime workloads, Runtime runtime, RouterServer router, RouterConfig config) {
        this.home = home;
        this.workloads = workloads;
        this.runtime = runtime;
        this.router = router;
        this.config = config;
    }

    /**
     * Starts it and publishes the mobility services.
     *
     * @param requireIsolation whether to refuse to start where services would not be isolated
     * @param tell is told of what takes long
     */
    public static LocalServer start(
            Home home, RouterConfig config, Backend backend, boolean requireIsolation, Consumer<String> tell) {
        return start(home, config, backend, requireIsolation, Quarters.ANYHOW, Optional.empty(), WARM, tell);
    }

    /** The same, with what the installation has decided of where workloads run and from which image, and other bounds on what waits warm. */
    public static LocalServer start(
            Home home,
            RouterConfig config,
            Backend backend,
            boolean requireIsolation,
            Quarters quarters,
            Optional<String> image,
            WarmPool.Bounds warm,
            Consumer<String> tell) {
        home.create();
        forgetRehearsals(home);
        Installation installation = Installation.ofThisProcess();
        Backend.Parts parts = backend.open(home, installation, requireIsolation, quarters, image, tell);
        Runtime runtime = warmed(home, parts.runtime(), parts.waiting(), warm);
        RouterServer router;
        try {
            router = new RouterServer(config, runtime, parts.hosts());
        } catch (RuntimeException e) {
            runtime.close();
            throw e;
        }
        LocalServer server = new LocalServer(home, parts.runtime(), runtime, router, config);
        try {
            router.start();
            List<MobilityServices.Published> services = MobilityServices.install(home, installation);
            server.bundles =
                    services.stream().map(MobilityServices.Published::program).collect(Collectors.toSet());
            server.publish(services);
            Files.writeString(home.address(), server.url() + "\n");
            server.beside = parts.beside().apply(router);
        } catch (IOException e) {
            server.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** Of a router that was killed meanwhile. */
    private static void forgetRehearsals(Home home) {
        try {
            DurableFile.deleteTree(home.rehearsals());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends what a router that was killed left running from this home, for good: it does not start any more. */
    public static void end(
            Home home, Backend backend, Quarters quarters, Optional<String> image, Consumer<String> tell) {
        home.create();
        try (Runtime runtime = backend.open(home, Installation.ofThisProcess(), false, quarters, image, tell)
                .runtime()) {
            runtime.reap(_ -> false);
        }
    }

    /** Lets our services wait warm where the runtime can have workloads claimed. */
    private static Runtime warmed(Home home, Runtime runtime, Kind.Source hosts, WarmPool.Bounds warm) {
        return runtime instanceof WatchedRuntime watched
                ? new WarmPool(
                        watched,
                        home.warm(),
                        Kind.services(MobilityServices::waits).or(hosts),
                        warm,
                        InstantSource.system())
                : runtime;
    }

    /** From now on has caches made for our own services, so that they start sooner: {@link StartCaches}. */
    public void cacheStarts() {
        if (workloads instanceof WatchedRuntime watched) {
            watched.cacheStarts(new ServiceRehearsal(home.rehearsals(), bundles));
        }
    }

    /** Sends spans of what is asked from now on to a collector. */
    public void traceTo(SpanExport.Endpoint collector) {
        router.traceTo(collector);
    }

    /** Where the API is. */
    public URI url() {
        return URI.create("https://localhost:" + router.port());
    }

    /** What this machine holds services to. */
    public Enforcement enforcement() {
        return runtime.enforcement();
    }

    /** A client with the operator's token. */
    public RouterClient operator() {
        try {
            String token = Files.readString(config.operatorTokenFile()).strip();
            return RouterClient.of(url(), config.trustFile(), token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void publish(List<MobilityServices.Published> services) {
        if (!RouterIdentity.open(config.stateDirectory()).name().equals(Member.FIRST)) {
            // The catalogue is everybody's: the first router publishes what all have.
            return;
        }
        SigningKey key = Publishers.own(config.stateDirectory());
        try (RouterClient operator = operator()) {
            List<CatalogueEntry> there = operator.services();
            for (MobilityServices.Published service : services) {
                if (there.stream()
                        .noneMatch(entry -> entry.name().equals(service.name())
                                && entry.digest().equals(service.digest()))) {
                    long versions = there.stream()
                            .filter(entry -> entry.name().equals(service.name()))
                            .count();
                    String version = Long.toString(versions + 1);
                    operator.publish(
                            service.name(),
                            version,
                            service.program(),
                            service.definition()
                                    .signedBy(
                                            key,
                                            service.name(),
                                            version,
                                            service.program(),
                                            service.reads(),
                                            service.writes(),
                                            service.emits()));
                }
            }
        }
    }

    @Override
    public void close() {
        // From the last to the first, each also when one before it does not end.
        try (AutoCloseable _ = () -> Files.deleteIfExists(home.address());
                runtime;
                router;
                AutoCloseable _ = beside) {
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("what runs beside the router does not end", e);
        }
    }
}
