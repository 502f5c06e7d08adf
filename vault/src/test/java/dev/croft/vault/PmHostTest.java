package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.HandoverRequest;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.SealedKey;
import dev.croft.vault.api.Seals;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import dev.croft.vault.api.UnreachableException;
import dev.croft.vault.api.UploadReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PmHostTest {
    private final OwnerKey key = OwnerKey.generate();
    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    @Test
    void whatTheOwnerStoresIsThereAfterSleepRestartAndUnlock(@TempDir Path directory) throws IOException {
        try (var mine = new TestHost(directory)) {
            CloudClient owner = mine.owner(key);
            UploadReport report = owner.upload(Samples.lines(0, 2500), "lines");
            assertThat(report.taken()).isEqualTo(2500);
            assertThat(owner.count("entries", Samples.json("{}"))).isEqualTo(2500);
            mine.client.hibernate(key.cloudId());
            assertThat(mine.client.cloud(key.cloudId()).state()).isEqualTo(CloudState.ASLEEP);
            assertThat(owner.count("entries", Samples.json("{'data.ts': {'$lt': 10}}")))
                    .isEqualTo(10);
            mine.restart();
            CloudClient again = mine.client.as(Signer.owner(key));
            refused(ProblemCode.LOCKED, () -> again.count("entries", Samples.json("{}")));
            assertThat(mine.client.unlock(key, List.of()).state()).isEqualTo(CloudState.AWAKE);
            assertThat(again.count("entries", Samples.json("{}"))).isEqualTo(2500);
            assertThat(again.verify().isWhole()).isTrue();
            assertThat(again.lock().state()).isEqualTo(CloudState.LOCKED);
            refused(ProblemCode.LOCKED, () -> mine.client.wake(key.cloudId()));
        }
    }

    @Test
    void wrongKeysAreRefusedAndMadeToWaitAcrossRestarts(@TempDir Path directory) throws IOException {
        try (var mine = new TestHost(directory)) {
            mine.owner(key).lock();
            OwnerKey wrong = OwnerKey.generate();
            for (int i = 0; i < 3; i++) {
                refused(ProblemCode.KEY_REFUSED, () -> mine.client.unlock(key.cloudId(), pretend(mine, wrong)));
            }
            refused(ProblemCode.ATTEMPTS_LIMITED, () -> mine.client.unlock(key.cloudId(), pretend(mine, wrong)));
            mine.restart();
            assertThat(mine.client.cloud(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> mine.client.cloud(key.cloudId()).retryAfterSeconds() == 0);
            refused(ProblemCode.KEY_REFUSED, () -> mine.client.unlock(key.cloudId(), pretend(mine, wrong)));
            assertThat(mine.client.cloud(key.cloudId()).retryAfterSeconds()).isBetween(1L, 2L);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> mine.client.cloud(key.cloudId()).retryAfterSeconds() == 0);
            assertThat(mine.client.unlock(key, List.of()).state()).isEqualTo(CloudState.AWAKE);
            assertThat(mine.client.cloud(key.cloudId()).retryAfterSeconds()).isZero();
        }
    }

    /** A seal that opens at the host, for this cloud, with another owner's key in it. */
    private SealedKey pretend(TestHost mine, OwnerKey wrong) {
        var status = mine.client.cloud(key.cloudId());
        return Seals.of(wrong, key.cloudId(), status.hostKey(), status.challenge());
    }

    @Test
    void aSealIsGoodForOneChallengeOnly(@TempDir Path directory) throws IOException {
        try (var mine = new TestHost(directory)) {
            CloudClient owner = mine.owner(key);
            var status = mine.client.cloud(key.cloudId());
            SealedKey seal = SealedKey.seal(key, status.hostKey(), status.challenge(), List.of());
            owner.lock();
            refused(ProblemCode.STALE_CHALLENGE, () -> mine.client.unlock(key.cloudId(), seal));
        }
    }

    @Test
    void aKeyMovesOnlyToHostsTheOwnerNamed(@TempDir Path one, @TempDir Path two) throws IOException {
        try (var first = new TestHost(one);
                var second = new TestHost(two)) {
            CloudClient owner = first.owner(key);
            owner.lock();
            String secondKey = second.client.status().hostKey();
            first.client.unlock(key, List.of(secondKey));
            refused(
                    ProblemCode.HOST_NOT_TRUSTED,
                    () -> first.client.handover(
                            key.cloudId(),
                            new HandoverRequest(first.client.status().hostKey(), "x")));
            SealedKey moved = first.client.handover(key.cloudId(), new HandoverRequest(secondKey, "challenge"));
            assertThat(first.client.cloud(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
            assertThat(moved.moveTo()).containsExactly(secondKey);
        }
    }

    @Test
    void uploadsAreIdempotentAndTellWhatTheyRefused() throws IOException {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(Samples.lines(0, 1500));
            gzip.write("\nnonsense\n{\"a\":1}\n".getBytes(StandardCharsets.UTF_8));
        }
        UploadReport first = owner.upload(zipped.toByteArray(), "lines");
        assertThat(first.taken()).isEqualTo(1500);
        assertThat(first.reasons()).containsEntry("not JSON", 1L).containsEntry("no key", 1L);
        assertThat(first.examples())
                .extracting(UploadReport.RefusedEntry::index)
                .containsExactly(1500L, 1501L);
        UploadReport second = owner.upload(zipped.toByteArray(), "lines");
        assertThat(second.taken()).isZero();
        assertThat(second.alreadyThere()).isEqualTo(1500);
        assertThat(owner.count("refused", Samples.json("{}"))).isEqualTo(2);
        byte[] cut = Arrays.copyOf(zipped.toByteArray(), zipped.size() / 2);
        assertThat(owner.upload(cut, "lines").refused()).isPositive();
    }

    @Test
    void cursorsBringEverythingOnce() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        owner.upload(Samples.lines(0, 2345), "lines");
        List<String> keys = owner.findAll("entries", Samples.json("{}")).stream()
                .map(document -> document.getString("k").getValue())
                .toList();
        assertThat(keys).hasSize(2345).doesNotHaveDuplicates();
    }

    @Test
    void aGrantReachesItsCollectionsFieldsSpanAndOperationsAndNoMore() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        owner.upload(Samples.lines(0, 100), "lines");
        owner.insert("other", List.of(Samples.json("{'a': 1}")));
        SigningKey analyst = SigningKey.generate();
        var grant = new Grant(
                "narrow-grant",
                mine.cloudId(),
                Samples.holder(analyst),
                Set.of("entries"),
                Set.of("data.ts", "metadata"),
                new Span(10, 20),
                Set.of("find", "count"),
                Epsilon.ZERO,
                Instant.now().minusSeconds(5),
                Instant.now().plusSeconds(600),
                "");
        CloudClient holder = host.holder(mine, grant, analyst);
        var found = holder.findAll("entries", Samples.json("{}"));
        assertThat(found).hasSize(10).allSatisfy(document -> {
            assertThat(document.getDocument("data").keySet()).containsExactly("ts");
            assertThat(document.containsKey("k")).isFalse();
        });
        assertThat(holder.count("entries", Samples.json("{}"))).isEqualTo(10);
        refused(ProblemCode.GRANT_FORBIDS, () -> holder.count("entries", Samples.json("{'data.secret': 12}")));
        refused(ProblemCode.GRANT_FORBIDS, () -> holder.count("other", Samples.json("{}")));
        refused(ProblemCode.GRANT_FORBIDS, () -> holder.insert("entries", List.of(Samples.json("{}"))));
        refused(
                ProblemCode.GRANT_FORBIDS,
                () -> holder.delete("entries", new Documents.Delete(Samples.json("{}"), true)));
        refused(ProblemCode.GRANT_FORBIDS, () -> holder.upload(Samples.lines(0, 1), "lines"));
        refused(ProblemCode.GRANT_FORBIDS, () -> holder.distinct("entries", "data.ts", Samples.json("{}")));
        refused(ProblemCode.NOT_OWNER, holder::grants);
        refused(ProblemCode.NOT_OWNER, () -> holder.audit(0, 10));
        refused(ProblemCode.NOT_OWNER, holder::lock);
        assertThat(holder.collections()).extracting(Documents.Collection::name).containsExactly("entries");
        assertThat(owner.audit(0, 1000).items())
                .extracting(AuditEntry::who, AuditEntry::outcome)
                .contains(
                        tuple("grant:narrow-grant", "ok"),
                        tuple("grant:narrow-grant", "grant-forbids"),
                        tuple("grant:narrow-grant", "not-owner"));
    }

    @Test
    void grantsThatAreRevokedExpiredForeignOrForOthersAreRefusedAndRecorded() {
        OwnerKey mine = OwnerKey.generate();
        OwnerKey stranger = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        host.owner(stranger);
        SigningKey analyst = SigningKey.generate();
        Grant grant = Samples.grant("grant-0001", mine.cloudId(), Samples.holder(analyst), "count");
        CloudClient holder = host.holder(mine, grant, analyst);
        assertThat(holder.count("entries", Samples.json("{}"))).isZero();

        CloudClient thief = host.client.as(Signer.holder(mine.cloudId(), "grant-0001", SigningKey.generate()));
        refused(ProblemCode.UNAUTHENTICATED, () -> thief.count("entries", Samples.json("{}")));
        CloudClient elsewhere = host.client.as(Signer.holder(stranger.cloudId(), "grant-0001", analyst));
        refused(ProblemCode.GRANT_UNKNOWN, () -> elsewhere.count("entries", Samples.json("{}")));
        CloudClient posing =
                host.client.as(new Signer(mine.cloudId(), stranger.signingKey(), null, InstantSource.system()));
        refused(ProblemCode.UNAUTHENTICATED, posing::grants);

        var old = new Grant(
                "grant-0002",
                mine.cloudId(),
                Samples.holder(analyst),
                Set.of("entries"),
                null,
                null,
                Set.of("count"),
                Epsilon.ZERO,
                Instant.now().minusSeconds(60),
                Instant.now().minusSeconds(1),
                "");
        CloudClient late = host.holder(mine, old, analyst);
        refused(ProblemCode.GRANT_EXPIRED, () -> late.count("entries", Samples.json("{}")));

        refused(
                ProblemCode.INVALID_GRANT,
                () -> owner.storeGrant(GrantToken.sign(
                        Samples.grant("grant-0003", mine.cloudId(), Samples.holder(analyst), "count"), analyst)));
        refused(
                ProblemCode.INVALID_GRANT,
                () -> owner.storeGrant(GrantToken.sign(
                        Samples.grant("grant-0003", stranger.cloudId(), Samples.holder(analyst), "count"),
                        mine.signingKey())));
        refused(
                ProblemCode.ALREADY_EXISTS,
                () -> owner.storeGrant(GrantToken.sign(
                        Samples.grant("grant-0001", mine.cloudId(), Samples.holder(analyst), "find"),
                        mine.signingKey())));

        assertThat(owner.revokeGrant("grant-0001").inForce()).isFalse();
        refused(ProblemCode.GRANT_REVOKED, () -> holder.count("entries", Samples.json("{}")));
        host.client.hibernate(mine.cloudId());
        refused(ProblemCode.GRANT_REVOKED, () -> holder.count("entries", Samples.json("{}")));
        assertThat(owner.grants()).hasSize(2).noneMatch(status -> status.inForce());
        assertThat(owner.audit(0, 1000).items())
                .extracting(AuditEntry::outcome)
                .contains("unauthenticated", "grant-expired", "grant-revoked", "invalid-grant", "already-exists");
    }

    @Test
    void nobodyWithoutACertificateOfTheAuthorityGetsIn(@TempDir Path directory) throws IOException {
        try (var stranger = new PmClient(host.uri(), new TestTls().identity(directory))) {
            assertThatThrownBy(stranger::status).isInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void aRenewedCertificateIsUsedFromTheNextHandshakeOn() throws Exception {
        var before = serverCertificate();
        host.authority.identity(host.directory.resolve("server"));
        assertThat(serverCertificate()).isNotEqualTo(before);
        assertThat(host.client.status().hostKey()).isNotEmpty();
    }

    private Certificate serverCertificate() throws IOException {
        try (var socket = (SSLSocket) host.authority
                .identity(host.directory.resolve("another client"))
                .getSocketFactory()
                .createSocket("localhost", host.front.port())) {
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void aDeletedPrivateCloudIsGone() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        owner.upload(Samples.lines(0, 10), "lines");
        owner.delete();
        refused(ProblemCode.UNKNOWN_CLOUD, () -> host.client.cloud(mine.cloudId()));
        assertThat(host.cloudDirectory(mine)).doesNotExist();
        assertThat(host.owner(mine).count("entries", Samples.json("{}"))).isZero();
    }

    static void refused(ProblemCode code, Runnable action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.code()).as(e.detail()).isEqualTo(code));
    }
}
