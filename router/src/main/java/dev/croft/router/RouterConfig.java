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
        Optional<Replicas> replicas) {

    /** PEM files, read again when they change: the chain, leaf first, and its PKCS #8 key. */
    public record Certificate(Path chainFile, Path keyFile) {}

    /** @param url a {@code jdbc:postgresql:} URL */
    public record Database(String url, String user, String password) {
        @Override
        public String toString() {
            return "Database[" + user + "]";
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
                Math.max(2, java.lang.Runtime.getRuntime().availableProcessors()),
                Coordinator.Limits.STANDARD,
                ApiServer.RateLimits.STANDARD,
                new Dpf.Unlocking.PerArrival(1),
                Optional.empty(),
                Optional.empty());
    }

    public RouterConfig withServicesDirectory(Path value) {
        return new RouterConfig(
                stateDirectory,
                value,
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
                replicas);
    }

    public RouterConfig withListen(String newAddress, int newPort) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                newAddress,
                newPort,
                certificate,
                names,
                database,
                idle,
                serviceSlots,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withCertificate(Certificate value) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                address,
                port,
                Optional.of(value),
                names,
                database,
                idle,
                serviceSlots,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withNames(List<String> value) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                address,
                port,
                certificate,
                value,
                database,
                idle,
                serviceSlots,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withDatabase(Database value) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                address,
                port,
                certificate,
                names,
                Optional.of(value),
                idle,
                serviceSlots,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withIdle(Duration value) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                address,
                port,
                certificate,
                names,
                database,
                value,
                serviceSlots,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withServiceSlots(int value) {
        return new RouterConfig(
                stateDirectory,
                servicesDirectory,
                address,
                port,
                certificate,
                names,
                database,
                idle,
                value,
                queries,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withQueries(Coordinator.Limits value) {
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
                value,
                rates,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withRates(ApiServer.RateLimits value) {
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
                value,
                unlocking,
                oidc,
                replicas);
    }

    public RouterConfig withUnlocking(Dpf.Unlocking value) {
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
                value,
                oidc,
                replicas);
    }

    public RouterConfig withOidc(OidcConfig value) {
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
                Optional.of(value),
                replicas);
    }

    public RouterConfig withReplicas(Replicas value) {
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
                Optional.of(value));
    }

    /** The certificate that clients of this router trust, unless the operator's is used. */
    public Path trustFile() {
        return stateDirectory.resolve("ca").resolve("ca.pem");
    }

    /** Holds the token of the operator that is made on first start. */
    public Path operatorTokenFile() {
        return stateDirectory.resolve("operator.token");
    }
}
