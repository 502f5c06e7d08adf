package dev.croft.app.bench;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.server.Grants;
import dev.croft.app.server.HostMain;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.router.query.Enrolment;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A shared host in this process, reached over mutual TLS, and the made-up people whose private clouds it hosts. */
final class Colony implements AutoCloseable {
    /** How many entries each private cloud holds. */
    static final int ENTRIES = 48;

    private static final Duration GRANTED = Duration.ofDays(1);

    private final Path directory;
    private final List<byte[]> entries;
    private final SigningKey coordinator = SigningKey.generate();
    private final HttpsFront front;
    private final PmClient client;

    private Colony(Path directory, List<byte[]> entries, HttpsFront front, PmClient client) {
        this.directory = directory;
        this.entries = entries;
        this.front = front;
        this.client = client;
    }

    static Colony open(Path directory) throws IOException {
        CertificateAuthority authority = CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC());
        Path server = directory.resolve("tls-server");
        Path router = directory.resolve("tls-client");
        authority.ensure(server, "croft-bench", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1", "localhost"));
        authority.ensure(router, "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());

        TraceOptions options = TraceOptions.STANDARD;
        TraceGenerator people = new TraceGenerator(options);
        List<byte[]> entries = IntStream.range(0, options.people())
                .mapToObj(person -> people.person(person).stream()
                        .limit(ENTRIES)
                        .map(EntryJson::write)
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.UTF_8))
                .toList();

        HostSettings settings = HostSettings.shared(directory.resolve("host"), directory.resolve("doors"));
        HttpsFront front = HttpsFront.start(new PmHost(settings, HostMain.vault()), 0, PmTls.context(server));
        return new Colony(directory, entries, front, client(directory, front.port()));
    }

    /** A client of a host of this colony. */
    static PmClient client(Path directory, int port) throws IOException {
        return new PmClient(URI.create("https://127.0.0.1:" + port), PmTls.context(directory.resolve("tls-client")));
    }

    /** Makes a private cloud with some entries and a grant for the coordinator, and puts it to sleep. */
    Enrolment settle(OwnerKey key, int person) {
        client.create(key, null, null);
        CloudClient cloud = client.as(Signer.owner(key));
        cloud.upload(entries.get(person % entries.size()), MobilityFormat.NAME);
        Grant grant = Grants.query(
                key.cloudId(),
                Base64Url.encode(coordinator.verifyingKey().encoded()),
                CountComputation.NAME,
                Epsilon.parse("0.5"),
                GRANTED);
        cloud.storeGrant(GrantToken.sign(grant, key.signingKey()));
        client.hibernate(key.cloudId());
        return new Enrolment(key.cloudId(), grant.id());
    }

    PmClient client() {
        return client;
    }

    SigningKey coordinator() {
        return coordinator;
    }

    Path clouds() {
        return directory.resolve("host").resolve("clouds");
    }

    /** Every file of a private cloud. */
    List<Path> files(String cloud) throws IOException {
        try (var files = Files.walk(clouds().resolve(cloud))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void close() {
        client.close();
        front.close();
    }
}
