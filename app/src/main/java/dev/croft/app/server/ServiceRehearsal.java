package dev.croft.app.server;

import dev.croft.mobility.service.CountService;
import dev.croft.mobility.service.MetricsService;
import dev.croft.mobility.service.PipelineService;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.Program;
import dev.croft.runtime.watch.StartCaches;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.ServiceDigest;
import dev.croft.vault.api.Signer;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A private cloud of a made-up owner in this process, behind whose door a service runs once to see which classes it uses. */
final class ServiceRehearsal implements StartCaches.Rehearsal {
    private static final Duration LIFETIME = Duration.ofHours(1);
    /** What ours are asked, by their main classes. */
    private static final Map<String, String> INPUTS = Map.of(
            CountService.class.getName(),
            """
            {"region": {"type": "Polygon", "coordinates": [[[-180, -80], [180, -80], [180, 80], [-180, 80], [-180, -80]]]},
             "from": 0, "to": 4000000000}""",
            MetricsService.class.getName(),
            "{\"metric_list\": [\"count\", \"distance\", \"duration\"], \"freq\": \"DAILY\"}");

    private static final Map<String, String> NAMES = Map.of(
            CountService.class.getName(), "count",
            MetricsService.class.getName(), "metrics",
            PipelineService.class.getName(), "pipeline");

    private final Path directory;
    private final Set<String> ours;

    /**
     * @param directory where it is made; short, as there are sockets in it, and where workloads may have parts of
     * @param ours digests of the bundles that come with Croft: a stranger's service is not let at a door in this process
     */
    ServiceRehearsal(Path directory, Set<String> ours) {
        this.directory = directory;
        this.ours = Set.copyOf(ours);
    }

    @Override
    public boolean knows(Program.Files service) {
        return ours.contains(service.digest().toString())
                && NAMES.containsKey(service.command().getLast());
    }

    @Override
    public StartCaches.Stage open(Program.Files service) throws IOException {
        Opened opened = new Opened(directory);
        try {
            opened.prepare(service);
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** One made-up private cloud, deleted when it is closed. */
    private static final class Opened implements StartCaches.Stage {
        private final Path scratch;
        private final OwnerKey key = OwnerKey.generate();
        private final HttpsFront front;
        private final PmClient client;
        private Path door = Path.of("");

        Opened(Path directory) throws IOException {
            scratch = Files.createDirectories(
                    directory.resolve(Grants.id()),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            CertificateAuthority authority = CertificateAuthority.open(scratch.resolve("ca"), Clock.systemUTC());
            Path server = scratch.resolve("server");
            Path router = scratch.resolve("router");
            authority.ensure(
                    server, "croft-host", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1", "localhost"));
            authority.ensure(router, "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());
            HostSettings settings = new HostSettings(
                    scratch.resolve("host"),
                    scratch.resolve("d"),
                    Optional.empty(),
                    Optional.empty(),
                    1,
                    Duration.ofMinutes(10),
                    4);
            front = HttpsFront.start(new PmHost(settings, HostMain.vault()), 0, PmTls.context(server));
            client = HostRehearsal.client(router, front.port());
        }

        void prepare(Program.Files service) throws IOException {
            client.create(key, null, null);
            HostRehearsal.upload(client, key);
            String main = service.command().getLast();
            String name = Objects.requireNonNull(NAMES.get(main));
            Grant grant = Objects.requireNonNull(Grants.service(
                    key.cloudId(), name, ServiceDigest.of(service.digest().toString(), service.command()), LIFETIME));
            client.as(Signer.owner(key)).storeGrant(GrantToken.sign(grant, key.signingKey()));
            door = Path.of(client.openDoor(
                            key.cloudId(),
                            new DoorRequest(
                                    grant.id(), name, service.digest().toString(), service.command(), "rehearsal"))
                    .directory());
            PrivateFiles.write(
                    door.resolve("input.json"), INPUTS.getOrDefault(main, "{}").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public Path door() {
            return door;
        }

        @Override
        public Map<String, String> environment() {
            return Map.of("CROFT_DOOR", "/croft/door.sock", "CROFT_CLOUD", key.cloudId());
        }

        @Override
        public void close() throws IOException {
            try (key;
                    front;
                    client) {
                // From the last to the first.
            } finally {
                DurableFile.deleteTree(scratch);
            }
        }
    }
}
