package dev.croft.app.server;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.Signer;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonString;

/** What a host of one private cloud does when it is used: with a made-up owner, in a folder that is deleted. */
final class HostRehearsal {
    private static final int ENTRIES = 100;

    private HostRehearsal() {}

    /** In this process, over mutual TLS on the loopback address. */
    static void run() throws IOException {
        Path scratch = Files.createTempDirectory("croft-rehearsal");
        try (OwnerKey key = OwnerKey.generate()) {
            CertificateAuthority authority = CertificateAuthority.open(scratch.resolve("ca"), Clock.systemUTC());
            Path server = scratch.resolve("server");
            Path router = scratch.resolve("router");
            authority.ensure(
                    server, "croft-host", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1", "localhost"));
            authority.ensure(router, "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());
            HostSettings settings = HostSettings.shared(scratch.resolve("host"), scratch.resolve("doors"));
            try (HttpsFront front = HttpsFront.start(new PmHost(settings, HostMain.vault()), 0, PmTls.context(server));
                    PmClient client = client(router, front.port())) {
                client.create(key, null, null);
                upload(client, key);
                use(client, key);
            }
        } finally {
            DurableFile.deleteTree(scratch);
        }
    }

    static PmClient client(Path tls, int port) throws IOException {
        return new PmClient(URI.create("https://127.0.0.1:" + port), PmTls.context(tls));
    }

    /** Some entries of a made-up person. */
    static void upload(PmClient client, OwnerKey key) {
        byte[] entries = new TraceGenerator(TraceOptions.STANDARD)
                .person(0).stream()
                        .limit(ENTRIES)
                        .map(EntryJson::write)
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.UTF_8);
        client.as(Signer.owner(key)).upload(entries, MobilityFormat.NAME);
    }

    /** Finds, counts, reads budget and audit, sleeps and wakes. */
    static void use(PmClient client, OwnerKey key) {
        CloudClient cloud = client.as(Signer.owner(key));
        cloud.storeGrant(GrantToken.sign(
                Grants.query(
                        key.cloudId(),
                        Base64Url.encode(SigningKey.generate().verifyingKey().encoded()),
                        CountComputation.NAME,
                        Epsilon.parse("0.1"),
                        Duration.ofHours(1)),
                key.signingKey()));
        cloud.findAll("entries", new BsonDocument("metadata.key", new BsonString("background/location")));
        cloud.count("entries", new BsonDocument());
        cloud.budget();
        cloud.audit(0, 10);
        client.hibernate(key.cloudId());
        client.wake(key.cloudId());
    }
}
