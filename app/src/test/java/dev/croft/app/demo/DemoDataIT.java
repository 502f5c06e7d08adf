package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.app.cli.Croft;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.server.Grants;
import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.PhoneFormat;
import dev.croft.mobility.service.Launch;
import dev.croft.mobility.service.PipelineService;
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
import dev.croft.vault.api.ServiceDigest;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UploadReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonValue;
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
    private static final String PROGRAM = "sha256:" + "ab".repeat(32);
    private static final List<String> COMMAND = List.of("java");
    private static final String DIGEST = ServiceDigest.of(PROGRAM, COMMAND);

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
        return ExpectedDay.of(BsonDocument.parse(Files.readString(data().resolve("expected/" + day + ".json"))));
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
        Grant grant = Objects.requireNonNull(Grants.service(key.cloudId(), "pipeline", DIGEST, Duration.ofHours(1)));
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
        assertThat(ExpectedDay.differences(expected(day), DerivedDay.read(cloud)))
                .as(as)
                .isEmpty();
        assertThat(cloud.verify().isWhole()).as(as).isTrue();
        cloud.delete();
        return runs;
    }

    private static void run(PmClient pm, String cloud, String grant, String launch) {
        Door door = pm.openDoor(cloud, new DoorRequest(grant, "pipeline", PROGRAM, COMMAND, launch));
        Path at = Path.of(door.directory());
        PipelineService.run(new Launch(at.resolve("door.sock"), cloud, at));
        pm.closeDoor(cloud, launch);
    }

    @Test
    void theDemoTellsTheReferencesDays() throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(
                new PrintWriter(out),
                new PrintWriter(err),
                "demo",
                "--json",
                "--data",
                data().toString(),
                "--home",
                directory.resolve("h").toString());
        assertThat(status).as(err.toString()).isZero();
        Map<String, BsonDocument> told = BsonDocument.parse(out.toString()).getArray("people").stream()
                .map(BsonValue::asDocument)
                .collect(Collectors.toMap(
                        person -> person.getString("person").getValue(), person -> person.getDocument("day")));
        for (String day : DAYS) {
            assertThat(ExpectedDay.differences(expected(day), Objects.requireNonNull(told.get(day))))
                    .as(day)
                    .isEmpty();
        }
    }
}
