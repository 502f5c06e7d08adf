package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ServiceEntry;
import dev.croft.vault.api.ServiceSignature;
import dev.croft.vault.api.ServiceStatement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The permission manager checks a publisher's signature itself: whoever asks for a door, the router included, may be lying. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishedServiceTest {
    private static final SigningKey PUBLISHER = SigningKey.generate();
    private static final String DEFINITION =
            "{\"command\":[\"/app/run\",\"--all\"],\"cpus\":0.5,\"description\":\"counts\"}";

    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    private static String name(SigningKey key) {
        return Base64Url.encode(key.verifyingKey().encoded());
    }

    private CloudClient owner(OwnerKey key, @Nullable String digest, @Nullable SigningKey publisher, String... more) {
        CloudClient owner = host.owner(key);
        owner.upload(Samples.lines(0, 20), "lines");
        Set<String> operations = new HashSet<>(Set.of("find", "count@entries", "insert@analysis"));
        operations.addAll(List.of(more));
        var grant = new Grant(
                "service-grant",
                key.cloudId(),
                new Holder.ServiceHolder("counter", digest, publisher == null ? null : name(publisher)),
                Set.of("entries", "analysis", "diary"),
                null,
                null,
                operations,
                Epsilon.ZERO,
                Instant.now().minus(Duration.ofMinutes(1)),
                Instant.now().plus(Duration.ofDays(1)),
                "");
        owner.storeGrant(GrantToken.sign(grant, key.signingKey()));
        return owner;
    }

    private static ServiceEntry entry(SigningKey key, String version, List<String> reads, List<String> writes) {
        return new ServiceEntry(
                version,
                DEFINITION,
                ServiceSignature.sign(
                        key, "counter", version, Samples.PROGRAM, DEFINITION, reads, writes, List.of("a count")));
    }

    private Door open(OwnerKey key, String launch, @Nullable ServiceEntry entry) {
        return host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, launch, entry));
    }

    private static void refused(ProblemCode code, Runnable opening) {
        PmHostTest.refused(code, opening::run);
    }

    @Test
    void everyVersionThatThePublisherSignedOpensADoorForWhatItSaysAndNoMore() throws IOException {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key, null, PUBLISHER);
        for (String version : List.of("1", "2")) {
            Door door = open(
                    key,
                    "launch-" + version,
                    entry(PUBLISHER, version, List.of("entries: where you were"), List.of("analysis")));
            assertThat(DoorTest.ask(door, "POST", "/collections/entries/count", "{\"filter\":{}}"))
                    .startsWith("HTTP/1.1 200");
            assertThat(DoorTest.ask(door, "POST", "/collections/analysis/insert", "{\"documents\":[]}"))
                    .startsWith("HTTP/1.1 200");
            assertThat(DoorTest.ask(door, "POST", "/collections/diary/find", "{\"filter\":{}}"))
                    .as("granted, but the service does not say that it reads it")
                    .startsWith("HTTP/1.1 403");
            assertThat(DoorTest.ask(door, "POST", "/collections/analysis/find", "{\"filter\":{}}"))
                    .as("it says that it writes this, not that it reads it")
                    .startsWith("HTTP/1.1 403");
        }
        assertThat(owner.audit(0, 1000).items())
                .filteredOn(entry -> entry.operation().equals("door_open"))
                .hasSize(2)
                .allSatisfy(entry -> assertThat(entry.detail()).contains("signed by " + name(PUBLISHER)));
    }

    @Test
    void whatThePublisherDidNotSignOpensNoDoorAndIsTold() {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key, null, PUBLISHER);
        refused(ProblemCode.SERVICE_UNSIGNED, () -> open(key, "none", null));
        refused(
                ProblemCode.SERVICE_UNSIGNED,
                () -> open(key, "stranger", entry(SigningKey.generate(), "1", List.of("entries"), List.of())));
        assertThat(owner.audit(0, 1000).items())
                .filteredOn(entry -> entry.operation().equals("door_open"))
                .extracting(AuditEntry::outcome)
                .containsExactly("service-unsigned", "service-unsigned");
    }

    @Test
    void nothingOfWhatIsSignedCanBeChangedOnTheWay() {
        OwnerKey key = OwnerKey.generate();
        owner(key, null, PUBLISHER);
        ServiceEntry good = entry(PUBLISHER, "1", List.of("entries"), List.of());
        ServiceStatement said = good.statement();
        for (ServiceEntry changed : List.of(
                new ServiceEntry("2", DEFINITION, said),
                new ServiceEntry("1", DEFINITION.replace("0.5", "5"), said),
                new ServiceEntry("1", DEFINITION.replace("--all", "--none"), said),
                new ServiceEntry(
                        "1",
                        DEFINITION,
                        new ServiceStatement(
                                List.of("diary"), said.writes(), said.emits(), said.signer(), said.signature())),
                new ServiceEntry(
                        "1",
                        DEFINITION,
                        new ServiceStatement(
                                said.reads(), said.writes(), List.of("nothing"), said.signer(), said.signature())),
                new ServiceEntry(
                        "1",
                        DEFINITION,
                        new ServiceStatement(
                                said.reads(),
                                said.writes(),
                                said.emits(),
                                name(SigningKey.generate()),
                                said.signature())),
                new ServiceEntry(
                        "1",
                        DEFINITION,
                        new ServiceStatement(said.reads(), said.writes(), said.emits(), "no key", "no signature")),
                // The signed bytes in another way: what would follow the definition put into it.
                new ServiceEntry(
                        "1",
                        DEFINITION + ",\"reads\":[\"entries\"],\"writes\":[],\"emits\":[\"a count\"]}",
                        new ServiceStatement(List.of(), List.of(), List.of(), said.signer(), said.signature())))) {
            refused(ProblemCode.SERVICE_CHANGED, () -> open(key, "tampered", changed));
        }
        for (DoorRequest other : List.of(
                new DoorRequest("service-grant", "counter", "sha256:" + "0".repeat(64), Samples.COMMAND, "other", good),
                new DoorRequest(
                        "service-grant", "counter", Samples.PROGRAM, List.of("/app/run", "--none"), "other", good))) {
            refused(ProblemCode.SERVICE_CHANGED, () -> host.client.openDoor(key.cloudId(), other));
        }
        refused(
                ProblemCode.GRANT_FORBIDS,
                () -> host.client.openDoor(
                        key.cloudId(),
                        new DoorRequest("service-grant", "sibling", Samples.PROGRAM, Samples.COMMAND, "other", good)));
    }

    @Test
    void aDefinitionThatSaysMoreThanOneThingIsNone() {
        OwnerKey key = OwnerKey.generate();
        owner(key, null, PUBLISHER);
        for (String definition : List.of(
                DEFINITION + DEFINITION,
                "{\"command\":[\"/app/run\",\"--all\"],\"command\":[\"/bin/sh\"]}",
                "{}",
                "[]",
                "{\"command\":\"/app/run --all\"}")) {
            var entry = new ServiceEntry(
                    "1",
                    definition,
                    ServiceSignature.sign(
                            PUBLISHER,
                            "counter",
                            "1",
                            Samples.PROGRAM,
                            definition,
                            List.of("entries"),
                            List.of(),
                            List.of()));
            refused(ProblemCode.MALFORMED_REQUEST, () -> open(key, "odd", entry));
        }
    }

    @Test
    void aServiceThatSaysItDoesMoreThanIsGrantedDoesNotRun() {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key, null, PUBLISHER);
        for (ServiceEntry more : List.of(
                entry(PUBLISHER, "1", List.of("entries", "budget"), List.of()),
                entry(PUBLISHER, "1", List.of("entries"), List.of("diary: adds a line")),
                entry(PUBLISHER, "1", List.of("all that there is"), List.of()),
                entry(PUBLISHER, "1", List.of(), List.of()))) {
            refused(ProblemCode.GRANT_FORBIDS, () -> open(key, "greedy", more));
        }
        assertThat(owner.audit(0, 1000).items())
                .filteredOn(entry -> entry.operation().equals("door_open"))
                .extracting(AuditEntry::outcome)
                .hasSize(4)
                .containsOnly("grant-forbids");
    }

    @Test
    void aDigestAndAPublisherMustBothBeRightAndASignatureIsCheckedWhoeverIsTrusted() {
        OwnerKey both = OwnerKey.generate();
        owner(both, Samples.DIGEST, PUBLISHER);
        ServiceEntry good = entry(PUBLISHER, "1", List.of("entries"), List.of());
        refused(ProblemCode.SERVICE_UNSIGNED, () -> open(both, "no-signature", null));
        assertThat(open(both, "good", good)).isNotNull();

        OwnerKey another = OwnerKey.generate();
        owner(another, "sha256:" + "1".repeat(64), PUBLISHER);
        refused(ProblemCode.SERVICE_CHANGED, () -> open(another, "wrong-digest", good));

        OwnerKey digest = OwnerKey.generate();
        owner(digest, Samples.DIGEST, null);
        assertThat(open(digest, "unsigned", null)).isNotNull();
        assertThat(open(digest, "signed", entry(SigningKey.generate(), "1", List.of("some words"), List.of())))
                .as("the digest is enough, so whoever signed it, and words that are for people")
                .isNotNull();
        refused(
                ProblemCode.SERVICE_CHANGED,
                () -> open(digest, "tampered", new ServiceEntry("2", DEFINITION, good.statement())));
        refused(
                ProblemCode.GRANT_FORBIDS,
                () -> open(digest, "greedy", entry(PUBLISHER, "1", List.of("budget"), List.of())));
    }
}
