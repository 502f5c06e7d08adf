package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.server.DoorStage.Owner;
import dev.croft.app.server.DoorStage.Waiting;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hostile service behind a real door of a real permission manager, on some backend: {@code croft up} runs it as it runs any, in its
 * sandbox. It may count and find some fields of some time; it goes for everything else that a door leads to. The table in
 * docs/runtime.md names the tests.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HostileDoorSuite {
    private static final String COUNT = DoorStage.COUNT;
    private static final String FIND = "/clouds/self/collections/entries/find";
    private static final String ALL = "{\"filter\":{}}";
    private static final long BEGIN = DoorStage.BEGIN;
    /** Entries within the span of the grant, and as many after it. */
    private static final int ENTRIES = 20;

    private final SigningKey forger = SigningKey.generate();
    private DoorStage stage;
    private Owner ana;
    private Owner bob;
    private Waiting bobs;
    private Waiting anas;

    /** What it is run on. */
    abstract String backend();

    /** Further options of {@code croft up}. */
    String[] options() {
        return new String[0];
    }

    /** Skips where that was not asked for. */
    void asked() {}

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        asked();
        stage = DoorStage.open(directory, backend(), options());
        ana = stage.owner("ana", 2 * ENTRIES);
        bob = stage.owner("bob", 2 * ENTRIES);
        CatalogueEntry patient = stage.service("patient", List.of("until-refused\twaited\t" + COUNT));
        bobs = stage.waiting(bob, patient);
        anas = stage.waiting(ana, patient);
    }

    @AfterAll
    void stop() throws Exception {
        if (stage != null) {
            stage.close();
        }
    }

    private record Told(List<String> lines, List<String> refusals) {}

    /** What the service was told that may count and find two fields of the first entries; and what its owner reads of it. */
    private Told told(String name, List<String> attacks) throws Exception {
        CatalogueEntry service = stage.service(name, attacks);
        return ended(ana.launch(service, narrow(service)));
    }

    private Grant narrow(CatalogueEntry service) {
        return ana.grant(service, Set.of("data.ts", "metadata.key"), new Span(BEGIN, BEGIN + ENTRIES), "count", "find");
    }

    private Told ended(Launch launch) throws Exception {
        Launch end = ana.resident().await(launch, DoorStage.SOON);
        String log = ana.log(launch);
        assertThat(end.state()).as("%s: %s", end.reason(), log).isEqualTo(Launch.State.DONE);
        assertThat(log.lines()).as(log).endsWith("done").noneMatch(line -> line.startsWith("REACHED"));
        return new Told(
                log.lines().toList(),
                ana.audit().stream()
                        .filter(entry -> entry.who().startsWith("door:" + launch.id()))
                        .map(AuditEntry::outcome)
                        .filter(outcome -> !outcome.equals("ok"))
                        .toList());
    }

    private static String ask(String name, String path, String bearer, String body) {
        return String.join("\t", "ask", name, "POST", path, bearer, body);
    }

    @Test
    void noTokenButItsOwnOpensItsDoor() throws Exception {
        String count = "/clouds/" + ana.cloud() + "/collections/analysis/count";
        Told told = told(
                "tokens",
                List.of(
                        ask("own", COUNT, "OWN", ALL),
                        ask("none", COUNT, "NONE", ALL),
                        ask("of-another-owner", COUNT, bobs.token(), ALL),
                        ask("of-another-launch", COUNT, anas.token(), ALL),
                        ask("changed", COUNT, "CHANGED", ALL),
                        ask("longer", COUNT, "LONGER", ALL),
                        ask("shorter", COUNT, "SHORTER", ALL),
                        ask("made-up", COUNT, "A".repeat(43), ALL),
                        ask("proof", count, proof(count, anas.grant().id()), ALL),
                        ask("owners-proof", count, proof(count, null), ALL),
                        ask("own-again", COUNT, "OWN", ALL)));
        assertThat(told.lines())
                .containsExactly(
                        "own 200",
                        "none 401 unauthenticated",
                        "of-another-owner 401 unauthenticated",
                        "of-another-launch 401 unauthenticated",
                        "changed 401 unauthenticated",
                        "longer 401 unauthenticated",
                        "shorter 401 unauthenticated",
                        "made-up 401 unauthenticated",
                        "proof 401 unauthenticated",
                        "owners-proof 401 unauthenticated",
                        "own-again 200",
                        "done");
        assertThat(told.refusals()).contains("unauthenticated");
    }

    /** A proof for a request, signed by whoever is not allowed to. */
    private String proof(String path, @Nullable String grant) throws Exception {
        Signer signer = Signer.holder(ana.cloud(), grant == null ? Grants.id() : grant, forger);
        return signer.proof(
                "POST", path, MessageDigest.getInstance("SHA-256").digest(ALL.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void noGrantButTheOneOfItsDoorHolds() throws Exception {
        CatalogueEntry forging = stage.service("forging", List.of("until-refused\tnever\t" + COUNT));
        String selfSigned =
                GrantToken.sign(ana.grant(forging, null, null, "count", "find", "delete", "insert"), forger);
        String genuine = ana.signed(anas.grant());
        Told told = told(
                "grants",
                List.of(
                        ask("self-signed", COUNT, selfSigned, ALL),
                        ask("anothers", COUNT, genuine, ALL),
                        ask("stored", "/clouds/self/grants", "OWN", "{\"grant\":\"" + selfSigned + "\"}"),
                        ask("listed", "/clouds/self/grants/" + anas.grant().id(), "OWN", ""),
                        ask("run", "/clouds/self/queries/forged/run", "OWN", "{}"),
                        ask("own", COUNT, "OWN", ALL)));
        assertThat(told.lines())
                .contains("self-signed 401 unauthenticated", "anothers 401 unauthenticated", "own 200")
                .anyMatch(line -> line.matches("stored 403 .*"))
                .noneMatch(line -> line.matches("(listed|run|stored) 2.*"));
        assertThat(told.refusals()).contains("unauthenticated", "grant-forbids");
        assertThat(ana.resident().cloud().grants())
                .as("none was stored")
                .noneMatch(grant -> grant.grant().holder() instanceof Holder.ServiceHolder holder
                        && holder.service().equals("forging"));
        // Not even the owner's own client stores what the owner did not sign.
        ProblemException refused = catchThrowableOfType(
                ProblemException.class, () -> ana.resident().cloud().storeGrant(selfSigned));
        assertThat(refused.code()).isEqualTo(ProblemCode.INVALID_GRANT);
    }

    @Test
    void nothingOutsideItsCollectionsFieldsSpanAndOperationsIsSeen() throws Exception {
        Told told = told(
                "scopes",
                List.of(
                        ask("collection", "/clouds/self/collections/analysis/find", "OWN", ALL),
                        ask("other-cloud", "/clouds/" + bob.cloud() + "/collections/entries/count", "OWN", ALL),
                        ask("insert", "/clouds/self/collections/entries/insert", "OWN", "{\"documents\":[{\"a\":1}]}"),
                        ask("delete", "/clouds/self/collections/entries/delete", "OWN", ALL),
                        ask("upload", "/clouds/self/upload?format=" + MobilityFormat.NAME, "OWN", "{}"),
                        ask(
                                "query",
                                "/clouds/self/queries/q1/run",
                                "OWN",
                                "{\"computation\":\"" + CountComputation.NAME
                                        + "\",\"params\":{},\"epsilon\":\"0.1\"}"),
                        ask("by-hidden-field", FIND, "OWN", "{\"filter\":{\"data.latitude\":39.0612}}"),
                        "seek\thidden-field\t" + FIND + "\t" + ALL + "\t39.0612",
                        "seek\tlater-entries\t" + FIND + "\t" + ALL + "\t" + (long) (BEGIN + ENTRIES + 3) + ".25",
                        "seek\tmore-than-its-own\t" + COUNT + "\t" + ALL + "\t\"count\":" + 2 * ENTRIES,
                        "seek\tby-time\t" + COUNT + "\t{\"filter\":{\"data.ts\":{\"$gte\":" + (BEGIN + ENTRIES)
                                + "}}}\t\"count\":" + ENTRIES,
                        ask("own", COUNT, "OWN", ALL)));
        assertThat(told.lines())
                .contains(
                        "collection 403 grant-forbids",
                        "other-cloud 403 grant-forbids",
                        "insert 403 grant-forbids",
                        "delete 403 grant-forbids",
                        "upload 403 grant-forbids",
                        "query 403 grant-forbids",
                        "by-hidden-field 403 grant-forbids",
                        "hidden-field 200",
                        "no hidden-field",
                        "no later-entries",
                        "no more-than-its-own",
                        "by-time 200",
                        "no by-time",
                        "own 200");
        assertThat(told.refusals()).contains("grant-forbids");
    }

    @Test
    void noOtherDoorIsReached() throws Exception {
        Told told = told(
                "doors",
                List.of(
                        "door\tanother-owners\t" + bobs.door().resolve("door.sock"),
                        "door\tanother-launchs\t" + anas.door().resolve("door.sock"),
                        "file\ttoken-of-another-owner\t" + bobs.door().resolve("token"),
                        "file\ttoken-of-another-launch\t" + anas.door().resolve("token"),
                        "door\tnext-to-its-own\t/croft/../" + bobs.door().getFileName() + "/door.sock",
                        ask("own", COUNT, "OWN", ALL)));
        assertThat(told.lines())
                .containsExactly(
                        "no another-owners",
                        "no another-launchs",
                        "no token-of-another-owner",
                        "no token-of-another-launch",
                        "no next-to-its-own",
                        "own 200",
                        "done");
        assertThat(bob.audit())
                .as("at Bob's was only his own service")
                .filteredOn(entry -> entry.who().startsWith("door:"))
                .allMatch(
                        entry -> entry.who().startsWith("door:" + bobs.launch().id()));
    }

    @Test
    void oversizeRequestsAreCutOffAndTheDoorGoesOn() throws Exception {
        Told told = told(
                "sizes",
                List.of(
                        "large\tbody\tbody",
                        "large\tchunks\tchunks",
                        "large\theaders\theaders",
                        "large\tpath\tpath",
                        ask("own", COUNT, "OWN", ALL)));
        assertThat(told.lines())
                .contains("own 200")
                .allMatch(line -> line.matches(
                        "(body|chunks|headers|path) (413 too-large|431 headers-too-large|closed)" + "|own 200|done"));
        assertThat(ana.resident().cloud().count("entries", new BsonDocument())).isEqualTo(2L * ENTRIES);
    }

    @Test
    void afterItsGrantsRevocationItsDoorGivesNothing() throws Exception {
        CatalogueEntry service =
                stage.service("revoked", List.of("until-refused\tcount\t" + COUNT, ask("find", FIND, "OWN", ALL)));
        Grant grant = narrow(service);
        Launch launch = ana.launch(service, grant);
        await().atMost(DoorStage.SOON).until(() -> ana.log(launch).contains("count-yet 200"));
        ana.resident().cloud().revokeGrant(grant.id());
        Told told = ended(launch);
        assertThat(told.lines())
                .containsExactly("count-yet 200", "count 403 grant-revoked", "find 403 grant-revoked", "done");
        assertThat(told.refusals()).contains("grant-revoked");
    }
}
