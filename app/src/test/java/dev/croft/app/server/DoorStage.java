package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.app.demo.Resident;
import dev.croft.budget.Epsilon;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.Bundle;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Span;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code croft up} on some backend, with owners who have entries, and services of the one class {@link HostileService}. */
final class DoorStage implements AutoCloseable {
    static final Duration SOON = Duration.ofMinutes(3);
    static final String COUNT = "/clouds/self/collections/entries/count";
    /** When the first entry was recorded; each is a second after the one before. */
    static final long BEGIN = 1_600_000_000;

    private final UpProcess croft;
    private final RouterClient operator;
    private final List<Owner> owners = new ArrayList<>();
    private final List<Path> known = new ArrayList<>();

    /** Someone with a private cloud. */
    record Owner(RouterClient account, Resident resident, OwnerKey key) {
        String cloud() {
            return key.cloudId();
        }

        Grant grant(CatalogueEntry service, @Nullable Set<String> fields, @Nullable Span span, String... operations) {
            Instant now = Instant.now();
            return new Grant(
                    Grants.id(),
                    cloud(),
                    new Holder.ServiceHolder(service.name(), service.digest()),
                    Set.of("entries"),
                    fields,
                    span,
                    Set.of(operations),
                    Epsilon.ZERO,
                    now.minusSeconds(60),
                    now.plus(Duration.ofHours(1)),
                    "a test");
        }

        String signed(Grant grant) {
            return GrantToken.sign(grant, key.signingKey());
        }

        List<AuditEntry> audit() {
            return resident.cloud().audit(0, 1000).items();
        }

        Launch launch(CatalogueEntry service, Grant grant) {
            resident.cloud().storeGrant(signed(grant));
            return account.launch(cloud(), service.name(), service.version(), grant.id(), null);
        }

        /** What the service has printed. */
        String log(Launch launch) throws IOException {
            try (InputStream log = account.logs(cloud(), launch.id(), false)) {
                return new String(log.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    /** A launch that goes on, what it was granted, and its door as this machine sees it. */
    record Waiting(Launch launch, Grant grant, Path door, String token) {}

    private DoorStage(UpProcess croft) throws IOException {
        this.croft = croft;
        this.operator = croft.operator();
    }

    /** @param options of {@code croft up} */
    static DoorStage open(Path directory, String backend, String... options) throws IOException {
        UpProcess croft = new UpProcess(directory, backend, options);
        croft.start();
        return new DoorStage(croft);
    }

    UpProcess croft() {
        return croft;
    }

    /** @param entries how many */
    Owner owner(String name, int entries) {
        operator.createAccount(name, Role.OWNER, null);
        RouterClient account =
                operator.as(operator.issueTokenFor(name, "test", Role.OWNER.scopes(), Duration.ofHours(1))
                        .secret());
        Resident resident = Resident.settle(account, croft.home(), name, PrivateCloud.Hosting.SHARED);
        byte[] lines = IntStream.range(0, entries)
                .mapToObj(i -> """
                        {"_id": {"$oid": "%024x"}, "metadata": {"key": "background/location", "platform": "android", \
                        "time_zone": "America/Denver", "type": "sensor-data", "write_ts": %d.5}, "data": {"accuracy": 10, \
                        "altitude": 1600, "bearing": 9, "latitude": 39.0612, "longitude": -104.9, "sensed_speed": 1.5, "ts": %d.25}}""".formatted(i, BEGIN + i, BEGIN + i))
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        assertThat(resident.upload(lines).taken()).isEqualTo(entries);
        Owner owner =
                new Owner(account, resident, OwnerKey.load(croft.home().keys().resolve(name + ".key"), null));
        owners.add(owner);
        return owner;
    }

    /** A service that does what these lines say. */
    CatalogueEntry service(String name, List<String> attacks) throws IOException {
        Path bundle = croft.home().services().resolve(name);
        Path folder = Files.createDirectories(bundle.resolve("dev/croft/app/server"));
        for (String file : List.of("HostileService.class", "HostileService$Attempt.class")) {
            try (InputStream code = HostileService.class.getResourceAsStream(file)) {
                Files.copy(Objects.requireNonNull(code), folder.resolve(file));
            }
        }
        Files.write(bundle.resolve("attacks"), attacks);
        List<String> command =
                List.of("java", "-XX:+UseSerialGC", "-Xmx48m", "-cp", "/app", HostileService.class.getName());
        return operator.publish(
                name,
                "1",
                Bundle.digest(bundle).toString(),
                new ServiceDefinition("a test", name, null, command, 1.0, 192L, 128, 900L, 1L, null));
    }

    /** Launches one that counts again and again until it is refused, with a broad grant, and waits until it has counted. */
    Waiting waiting(Owner owner, CatalogueEntry service) throws IOException {
        Grant grant = owner.grant(service, null, null, "count", "find", "insert", "delete", "upload");
        Launch launch = owner.launch(service, grant);
        await().atMost(SOON).until(() -> owner.log(launch).contains("-yet 200"));
        try (Stream<Path> files = Files.walk(croft.home().router().resolve("doors"))) {
            Path door = files.filter(file -> file.endsWith("door.sock"))
                    .map(socket -> Objects.requireNonNull(socket.getParent()))
                    .filter(directory -> !known.contains(directory))
                    .findFirst()
                    .orElseThrow();
            known.add(door);
            return new Waiting(launch, grant, door, Files.readString(door.resolve("token")));
        }
    }

    @Override
    public void close() throws InterruptedException {
        croft.close();
        for (Owner owner : owners) {
            owner.resident().close();
            owner.key().destroy();
        }
    }
}
