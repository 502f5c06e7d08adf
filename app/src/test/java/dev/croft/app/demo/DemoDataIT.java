package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.PhoneFormat;
import dev.croft.mobility.service.PipelineService;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.VaultSettings;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UploadReport;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each real day, sent into a private cloud in either format and in any parts, with the pipeline run between parts, leaves in
 * {@code analysis} what the e-mission server derived from it. Skipped where the data are absent.
 */
class DemoDataIT {
    private static final List<String> DAYS = List.of(
            "gabe_2016-06-15",
            "iphone_2016-02-22",
            "shankari_2015-aug-27",
            "shankari_2016-06-20",
            "shankari_2016-08-10",
            "sunil_2016-07-27");
    private static final int SPLITS = Integer.getInteger("croft.splits", 2);
    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    @TempDir
    Path directory;

    private static Path data() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            for (String candidate : List.of("shared/data/mobility", "../shared/data/mobility")) {
                if (Files.isDirectory(at.resolve(candidate))) {
                    return at.resolve(candidate).normalize();
                }
            }
        }
        assumeTrue(false, "shared/data/mobility is not beside the repository");
        throw new AssertionError();
    }

    private static BsonDocument expected(String day) throws IOException {
        return DerivedDay.expected(BsonDocument.parse(Files.readString(data().resolve("expected/" + day + ".json"))));
    }

    private static List<BsonDocument> entries(String day, boolean phone) {
        List<BsonDocument> entries = new ArrayList<>();
        try (EntryReader reader = EntryReader.open(data().resolve(day + ".json.gz"), EntryBounds.STANDARD)) {
            while (reader.hasNext()) {
                BsonDocument entry = ((EntryResult.Taken) reader.next()).entry();
                entries.add(phone ? PhoneFormat.of(entry) : entry);
            }
        }
        return entries;
    }

    private static byte[] lines(List<BsonDocument> entries) {
        return entries.stream()
                .map(EntryJson::write)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everySplitInEitherFormatEndsInTheReferencesDay() throws IOException {
        data();
        long seed = Long.getLong("croft.seed", System.nanoTime());
        System.out.println("DemoDataIT: seed " + seed);
        Random random = new Random(seed);
        var authority = CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC());
        authority.ensure(
                directory.resolve("server"),
                "host",
                CertificateAuthority.Purpose.SERVER,
                List.of("localhost", "127.0.0.1"));
        authority.ensure(directory.resolve("client"), "router", CertificateAuthority.Purpose.CLIENT, List.of());
        PmHost host = new PmHost(
                HostSettings.shared(directory.resolve("host"), directory.resolve("doors")),
                VaultSettings.standard(List.of(), List.of(new MobilityFormat())));
        try (HttpsFront front = HttpsFront.start(host, 0, PmTls.context(directory.resolve("server")));
                PmClient pm = new PmClient(
                        URI.create("https://localhost:" + front.port()), PmTls.context(directory.resolve("client")))) {
            int runs = 0;
            for (String day : DAYS) {
                for (boolean phone : new boolean[] {false, true}) {
                    for (int split = 0; split < SPLITS; split++) {
                        String as = day + (phone ? ", phone format" : ", long-term format") + ", split " + split
                                + ", seed " + seed;
                        runs += feed(pm, entries(day, phone), random, day, as);
                    }
                }
            }
            System.out.println("DemoDataIT: " + DAYS.size() * 2 * SPLITS + " private clouds, " + runs + " runs");
        }
    }

    /** A private cloud of its own, fed in parts; how often the pipeline ran. */
    private static int feed(PmClient pm, List<BsonDocument> entries, Random random, String day, String as)
            throws IOException {
        OwnerKey key = OwnerKey.generate();
        pm.create(key, null, null);
        CloudClient cloud = pm.as(Signer.owner(key));
        Grant grant = Objects.requireNonNull(
                dev.croft.app.server.Grants.service(key.cloudId(), "pipeline", DIGEST, Duration.ofHours(1)));
        cloud.storeGrant(GrantToken.sign(grant, key.signingKey()));
        if (random.nextInt(3) == 0) {
            Collections.shuffle(entries, random);
        }
        TreeSet<Integer> cuts = new TreeSet<>(List.of(entries.size()));
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            cuts.add(random.nextInt(1, entries.size()));
        }
        int from = 0;
        int runs = 0;
        long stored = 0;
        for (int to : cuts) {
            UploadReport report = cloud.upload(lines(entries.subList(from, to)), MobilityFormat.NAME);
            assertThat(report.refused()).as(as).isZero();
            stored += report.taken();
            if (to == entries.size() || random.nextInt(4) > 0) {
                run(pm, key.cloudId(), grant.id(), "run-" + runs++);
            }
            from = to;
        }
        assertThat(cloud.count("entries", new BsonDocument())).as(as).isEqualTo(stored);
        assertThat(DerivedDay.differences(expected(day), DerivedDay.read(cloud)))
                .as(as)
                .isEmpty();
        assertThat(cloud.verify().isWhole()).as(as).isTrue();
        cloud.delete();
        return runs;
    }

    private static void run(PmClient pm, String cloud, String grant, String launch) {
        Door door = pm.openDoor(cloud, new DoorRequest(grant, DIGEST, launch));
        Path at = Path.of(door.directory());
        PipelineService.run(new dev.croft.mobility.service.Launch(at.resolve("door.sock"), cloud, at));
        pm.closeDoor(cloud, launch);
    }

    @Test
    void theServiceInItsSandboxDerivesTheSame() throws IOException, InterruptedException {
        data();
        Home home = new Home(directory.resolve("h"));
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen("127.0.0.1", 0);
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            CatalogueEntry pipeline = operator.services().stream()
                    .filter(service -> service.name().equals("pipeline"))
                    .findFirst()
                    .orElseThrow();
            boolean phone = false;
            for (String day : DAYS) {
                String name = "p" + DAYS.indexOf(day);
                operator.createAccount(name, Role.OWNER, null);
                RouterClient account = operator.as(operator.issueTokenFor(name, "test", Duration.ofHours(1))
                        .secret());
                try (Resident resident = Resident.settle(account, home, name, PrivateCloud.Hosting.SHARED)) {
                    byte[] body =
                            phone ? lines(entries(day, true)) : Files.readAllBytes(data().resolve(day + ".json.gz"));
                    assertThat(resident.upload(body).refused()).isZero();
                    Launch ended = resident.await(resident.launch(pipeline), Duration.ofMinutes(3));
                    assertThat(ended.state()).as("%s: %s", day, ended.reason()).isEqualTo(Launch.State.DONE);
                    assertThat(DerivedDay.differences(expected(day), DerivedDay.read(resident.cloud())))
                            .as(day)
                            .isEmpty();
                }
                phone = !phone;
            }
        }
    }
}
