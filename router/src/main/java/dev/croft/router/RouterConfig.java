package dev.croft.router;

import dev.croft.budget.scheduling.Dpf;
import dev.croft.router.http.ApiServer;
import dev.croft.router.oidc.OidcConfig;
import dev.croft.router.query.Coordinator;
import dev.croft.vault.api.Replicas;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a router is set up. Begin with {@link #embedded} and change what differs.
 *
 * @param stateDirectory everything it keeps: keys, certificates, the embedded database, private clouds; made 0700
 * @param servicesDirectory bundles of the catalogue, one directory each
 * @param address where it listens, such as {@code 127.0.0.1} or {@code 0.0.0.0}
 * @param port TCP port; 0 picks one
 * @param certificate the operator's certificate; empty for one of the router's own authority
 * @param names DNS names and addresses in a certificate of its own authority
 * @param database PostgreSQL; empty for the embedded database
 * @param idle how long a private cloud is unused before it hibernates
 * @param serviceSlots how many services run at once
 * @param queries limits of queries across people
 * @param rates limits of requests
 * @param unlocking how budget blocks unlock; fixed at first start
 * @param oidc the identity provider whose people may log in; empty for local accounts only
 * @param replicas capsule servers that new private clouds are kept on besides their host, unless their account has others
 * @param peers how it is one of several routers; counts with PostgreSQL only
 * @param memory says in the form of {@code /proc/meminfo} what memory there is, by which private clouds make room
 */
public record RouterConfig(
        Path stateDirectory,
        Path servicesDirectory,
        String address,
        int port,
        Optional<Certificate> certificate,
        List<String> names,
        Optional<Database> database,
        Duration idle,
        int serviceSlots,
        Coordinator.Limits queries,
        ApiServer.RateLimits rates,
        Dpf.Unlocking unlocking,
        Optional<OidcConfig> oidc,
        Optional<Replicas> replicas,
        Peers peers,
        Path memory) {

    /** PEM files, read again when they change: the chain, leaf first, and its PKCS #8 key. */
    public record Certificate(Path chainFile, Path keyFile) {}

    /** @param url a {@code jdbc:postgresql:} URL */
    public record Database(String url, String user, String password) {
        @Override
        public String toString() {
            return "Database[" + user + "]";
        }
    }

    /**
     * How a router is one of several over one database.
     *
     * @param port where other routers reach it, under the first of its names; 0 picks one
     * @param lease how long its private clouds are its own after it was last heard of
     */
    public record Peers(int port, Duration lease) {
        public static final Peers STANDARD = new Peers(0, Duration.ofSeconds(15));

        public Peers {
            if (port < 0 || port > 65_535 || lease.compareTo(Duration.ofMillis(500)) < 0) {
                throw new RouterException.Invalid(
                        "a port lies between 0 and 65535, and a lease is half a second or more");
            }
        }
    }

    public RouterConfig {
        stateDirectory = stateDirectory.toAbsolutePath().normalize();
        servicesDirectory = servicesDirectory.toAbsolutePath().normalize();
        names = List.copyOf(names);
        if (port < 0 || port > 65_535) {
            throw new RouterException.Invalid("a port lies between 0 and 65535");
        }
        if (idle.isNegative() || idle.isZero() || serviceSlots < 1) {
            throw new RouterException.Invalid("idle time and service slots are above 0");
        }
    }

    /** On loopback, with its own authority and the embedded database; private clouds hibernate after five minutes. */
    public static RouterConfig embedded(Path stateDirectory) {
        return new RouterConfig(
                stateDirectory,
                stateDirectory.resolve("services"),
                "127.0.0.1",
                8443,
                Optional.empty(),
                List.of("localhost", "127.0.0.1"),
                Optional.empty(),
                Duration.ofMinutes(5),
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                Coordinator.Limits.STANDARD,
                ApiServer.RateLimits.STANDARD,
                new Dpf.Unlocking.PerArrival(1),
                Optional.empty(),
                Optional.empty(),
                Peers.STANDARD,
                Path.of("/proc/meminfo"));
    }

    private RouterConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.made();
    }

    public RouterConfig withServicesDirectory(Path value) {
        return with(draft -> draft.servicesDirectory = value);
    }

    public RouterConfig withListen(String newAddress, int newPort) {
        return with(draft -> {
            draft.address = newAddress;
            draft.port = newPort;
        });
    }

    public RouterConfig withCertificate(Certificate value) {
        return with(draft -> draft.certificate = Optional.of(value));
    }

    public RouterConfig withNames(List<String> value) {
        return with(draft -> draft.names = value);
    }

    public RouterConfig withDatabase(Database value) {
        return with(draft -> draft.database = Optional.of(value));
    }

    public RouterConfig withIdle(Duration value) {
        return with(draft -> draft.idle = value);
    }

    public RouterConfig withServiceSlots(int value) {
        return with(draft -> draft.serviceSlots = value);
    }

    public RouterConfig withQueries(Coordinator.Limits value) {
        return with(draft -> draft.queries = value);
    }

    public RouterConfig withRates(ApiServer.RateLimits value) {
        return with(draft -> draft.rates = value);
    }

    public RouterConfig withUnlocking(Dpf.Unlocking value) {
        return with(draft -> draft.unlocking = value);
    }

    public RouterConfig withOidc(OidcConfig value) {
        return with(draft -> draft.oidc = Optional.of(value));
    }

    public RouterConfig withReplicas(Replicas value) {
        return with(draft -> draft.replicas = Optional.of(value));
    }

    public RouterConfig withPeers(Peers value) {
        return with(draft -> draft.peers = value);
    }

    public RouterConfig withMemory(Path value) {
        return with(draft -> draft.memory = value);
    }

    /** The certificate that clients of this router trust, unless the operator's is used. */
    public Path trustFile() {
        return stateDirectory.resolve("ca").resolve("ca.pem");
    }

    /** Holds the token of the operator that is made on first start. */
    public Path operatorTokenFile() {
        return stateDirectory.resolve("operator.token");
    }

    /** A configuration while one thing of it changes. */
    private static final class Draft {
        final Path stateDirectory;
        Path servicesDirectory;
        String address;
        int port;
        Optional<Certificate> certificate;
        List<String> names;
        Optional<Database> database;
        Duration idle;
        int serviceSlots;
        Coordinator.Limits queries;
        ApiServer.RateLimits rates;
        Dpf.Unlocking unlocking;
        Optional<OidcConfig> oidc;
        Optional<Replicas> replicas;
        Peers peers;
        Path memory;

        Draft(RouterConfig from) {
            stateDirectory = from.stateDirectory;
            servicesDirectory = from.servicesDirectory;
            address = from.address;
            port = from.port;
            certificate = from.certificate;
            names = from.names;
            database = from.database;
            idle = from.idle;
            serviceSlots = from.serviceSlots;
            queries = from.queries;
            rates = from.rates;
            unlocking = from.unlocking;
            oidc = from.oidc;
            replicas = from.replicas;
            peers = from.peers;
            memory = from.memory;
        }

        RouterConfig made() {
            return new RouterConfig(
                    stateDirectory,
                    servicesDirectory,
                    address,
                    port,
                    certificate,
                    names,
                    database,
                    idle,
                    serviceSlots,
                    queries,
                    rates,
                    unlocking,
                    oidc,
                    replicas,
                    peers,
                    memory);
        }
    }
}
