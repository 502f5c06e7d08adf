package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.CapsuleLog;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.view.ViewBytes;
import dev.croft.vault.store.Capsules;
import dev.croft.vault.store.OwnerCapsule;
import dev.croft.vault.upload.Shredding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is forgotten is gone: from what is served, from what was derived, and where that is asked for from the old bytes too. */
class ForgetTest {
    private static final String SECRET = "under-the-old-oak";
    private static final BsonDocument ALL = Samples.json("{}");

    private static void store(CloudClient owner) {
        owner.upload(Samples.lines(0, 100), "lines");
        owner.upload(("{\"no\": \"" + SECRET + "\"}\n").getBytes(StandardCharsets.UTF_8), "lines");
        List<BsonDocument> secrets = new ArrayList<>();
        for (int i = 200; i < 230; i++) {
            secrets.add(Samples.json(
                    "{'_id': 's%d', 'metadata': {'key': 'a', 'write_ts': %d}, 'data': {'ts': %d, 'where': '%s %d'}}"
                            .formatted(i, i, i, SECRET, i)));
        }
        owner.insert("entries", secrets);
        owner.insert(
                "analysis",
                List.of(
                        Samples.json(
                                "{'_id': 'trip', 'data': {'start_ts': 205, 'end_ts': 210, 'to': '" + SECRET + "'}}"),
                        Samples.json(
                                "{'_id': 'next', 'data': {'start_ts': 500, 'end_ts': 510, 'from': '" + SECRET + "'}}"),
                        Samples.json("{'_id': 'early', 'data': {'start_ts': 1, 'end_ts': 2}}")));
        owner.insert("pipeline", List.of(Samples.json("{'_id': 'state', 'place': '" + SECRET + "'}")));
    }

    private static Documents.Forget secrets(boolean shred) {
        return new Documents.Forget(new Span(200, 230), null, null, shred);
    }

    /** Everything that the owner's key opens in the directory: every record of every capsule, and every block of the view. */
    private static String everythingReadable(Path cloud, OwnerKey key) throws IOException {
        StringBuilder text = new StringBuilder();
        for (OwnerCapsule capsule : OwnerCapsule.values()) {
            try (CapsuleReader reader = CapsuleReader.open(cloud.resolve(capsule.id()), key.readerKey())) {
                for (long at = 0; at < reader.size(); at++) {
                    try {
                        text.append(new String(reader.read(at).body(), StandardCharsets.ISO_8859_1));
                    } catch (CapsuleException.Shredded gone) {
                        // What the test is about.
                    }
                }
            }
        }
        try (Stream<Path> files = Files.walk(cloud)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return text.append(view(cloud, key)).toString();
    }

    private static String view(Path cloud, OwnerKey key) throws IOException {
        return ViewBytes.of(cloud.resolve("view.db"), key.viewKey(), identity(cloud, key));
    }

    private static byte[] identity(Path cloud, OwnerKey key) {
        try (CapsuleReader reader = CapsuleReader.open(cloud.resolve("data"), key.readerKey())) {
            return reader.metadata().name().toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    @Test
    void afterShreddingTheOldBytesCannotBeReadEvenWithTheOwnersKey(@TempDir Path directory) throws IOException {
        OwnerKey key = OwnerKey.generate();
        try (var host = new TestHost(directory)) {
            CloudClient owner = host.owner(key);
            store(owner);
            host.client.hibernate(key.cloudId());
            assertThat(view(host.cloudDirectory(key), key)).contains(SECRET);
            assertThat(everythingReadable(host.cloudDirectory(key), key)).contains(SECRET);
            BsonDocument kept =
                    owner.findAll("entries", Samples.json("{'data.ts': 50.5}")).getFirst();

            Documents.Forgotten plain = owner.forget(secrets(false));
            assertThat(plain.deleted()).isEqualTo(30);
            assertThat(owner.count("refused", ALL)).isZero();
            assertThat(owner.count("pipeline", ALL)).isZero();
            host.client.hibernate(key.cloudId());
            assertThat(everythingReadable(host.cloudDirectory(key), key)).contains(SECRET);

            Documents.Forgotten done = owner.forget(secrets(true));
            assertThat(done.deleted()).isZero();
            assertThat(done.marked()).isEqualTo(3);
            assertThat(owner.findAll("entries", Samples.json("{'data.ts': 50.5}")))
                    .containsExactly(kept);
            assertThat(owner.count("entries", ALL)).isEqualTo(100);
            assertThat(owner.count("rederive", ALL)).isEqualTo(2);
            assertThat(owner.verify().isWhole()).isTrue();
            host.client.hibernate(key.cloudId());
            assertThat(everythingReadable(host.cloudDirectory(key), key)).doesNotContain(SECRET);

            // The view can be lost as before.
            Files.delete(host.cloudDirectory(key).resolve("view.db"));
            assertThat(owner.count("entries", ALL)).isEqualTo(100);
            assertThat(owner.findAll("entries", Samples.json("{'data.ts': 50.5}")))
                    .containsExactly(kept);
            owner.insert("entries", List.of(Samples.json("{'_id': 'new', 'data': {'ts': 900}}")));
            assertThat(owner.forget(secrets(true)).deleted())
                    .as("again, for nothing")
                    .isZero();
            assertThat(owner.count("entries", ALL)).isEqualTo(101);
        }
    }

    @Test
    void shreddingCutShortAnywhereIsFinishedWhenThePrivateCloudOpens(@TempDir Path directory) {
        OwnerKey key = OwnerKey.generate();
        for (int cut = 0; cut < 4; cut++) {
            Path cloud = directory.resolve("cut" + cut);
            PermissionManager.create(cloud, key, BudgetPolicy.DEFAULT);
            try (Capsules capsules = Capsules.open(cloud, key)) {
                var data = capsules.get(OwnerCapsule.DATA);
                VaultSettings settings = VaultSettings.standard(List.of(), List.of());
                try (DocumentStore store = DocumentStore.open(
                        new CapsuleLog(data),
                        cloud.resolve("view.db"),
                        key.viewKey(),
                        settings.schema(),
                        settings.limits(),
                        settings.clock())) {
                    store.insert(
                            "entries", List.of(Samples.json("{'_id': 1}"), Samples.json("{'_id': 2}")), ReadScope.ALL);
                    store.upsert(
                            Shredding.SHREDDING, List.of(Samples.json("{'_id': 'epoch', 'epoch': 0}")), ReadScope.ALL);
                    if (cut > 0) {
                        data.rotate();
                    }
                    if (cut > 1) {
                        store.rewrite();
                    }
                    if (cut > 2) {
                        data.shredUpTo(0);
                    }
                }
            }
            try (PermissionManager pm = PermissionManager.open(
                    cloud, key, BudgetPolicy.DEFAULT, VaultSettings.standard(List.of(), List.of()))) {
                assertThat(pm.documents().find(Find.in("entries"), ReadScope.ALL))
                        .hasSize(2);
                assertThat(pm.documents().find(Find.in(Shredding.SHREDDING), ReadScope.ALL))
                        .isEmpty();
            }
            try (CapsuleReader reader = CapsuleReader.open(cloud.resolve("data"), key.readerKey())) {
                assertThatThrownBy(() -> reader.read(0)).isInstanceOf(CapsuleException.Shredded.class);
            }
        }
    }

    @Test
    void nobodyWritesHowFarToShredAndWhatIsNoEpochDestroysNothing(@TempDir Path directory) throws IOException {
        OwnerKey key = OwnerKey.generate();
        List<BsonDocument> forged = List.of(
                Samples.json("{'_id': 'epoch', 'epoch': 2147483647}"),
                Samples.json("{'_id': 'epoch', 'epoch': 1}"),
                Samples.json("{'_id': 'epoch', 'epoch': 'none'}"),
                Samples.json("{'_id': 'epoch'}"));
        try (var host = new TestHost(directory.resolve("host"))) {
            CloudClient owner = host.owner(key);
            owner.insert("entries", List.of(Samples.json("{'_id': 1}")));
            assertThatThrownBy(() -> owner.insert(Shredding.SHREDDING, forged.subList(0, 1)))
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.NOT_FOUND));
            host.client.hibernate(key.cloudId());
            assertThat(owner.count("entries", ALL)).isEqualTo(1);
        }
        VaultSettings settings = VaultSettings.standard(List.of(), List.of());
        for (BsonDocument document : forged) {
            Path cloud = directory.resolve("cloud" + forged.indexOf(document));
            PermissionManager.create(cloud, key, BudgetPolicy.DEFAULT);
            try (PermissionManager pm = PermissionManager.open(cloud, key, BudgetPolicy.DEFAULT, settings)) {
                pm.documents().insert("entries", List.of(Samples.json("{'_id': 1}")), ReadScope.ALL);
                pm.documents().upsert(Shredding.SHREDDING, List.of(document), ReadScope.ALL);
            }
            Files.delete(cloud.resolve("view.db"));
            for (int again = 0; again < 2; again++) {
                try (PermissionManager pm = PermissionManager.open(cloud, key, BudgetPolicy.DEFAULT, settings)) {
                    assertThat(pm.documents().find(Find.in("entries"), ReadScope.ALL))
                            .hasSize(1);
                }
            }
        }
    }

    @Test
    void whoMayDeriveAnewIsToldUntilTheMarkIsGone(@TempDir Path directory) throws IOException {
        OwnerKey key = OwnerKey.generate();
        try (var host = new TestHost(directory)) {
            CloudClient owner = host.owner(key);
            store(owner);
            var service = new Holder.ServiceHolder("pipeline", Samples.DIGEST);
            owner.storeGrant(
                    GrantToken.sign(Samples.grant("reads-only", key.cloudId(), service, "find"), key.signingKey()));
            owner.storeGrant(GrantToken.sign(
                    Samples.grant("derives-anew", key.cloudId(), service, "find", "upsert", "rederive"),
                    key.signingKey()));
            assertThat(host.client.cloud(key.cloudId()).derive()).isNull();
            owner.forget(secrets(false));
            var deriver = new CloudStatus.Deriver("derives-anew", "pipeline", Samples.DIGEST);
            assertThat(host.client.cloud(key.cloudId()).derive()).containsExactly(deriver);
            host.client.hibernate(key.cloudId());
            assertThat(host.client.cloud(key.cloudId()).derive()).isNull();
            assertThat(host.client.wake(key.cloudId()).derive()).containsExactly(deriver);
            host.restart();
            assertThat(host.client.unlock(key, List.of()).derive()).containsExactly(deriver);
            CloudClient again = host.client.as(Signer.owner(key));
            again.revokeGrant("derives-anew");
            assertThat(host.client.cloud(key.cloudId()).derive()).isEmpty();
            again.delete("rederive", new Documents.Delete(ALL, true));
            assertThat(host.client.cloud(key.cloudId()).derive()).isNull();
        }
    }

    @Test
    void whatIsBeingReadOrRunsWhileItIsForgottenEnds(@TempDir Path directory) throws IOException {
        OwnerKey key = OwnerKey.generate();
        try (var host = new TestHost(directory)) {
            CloudClient owner = host.owner(key);
            store(owner);
            owner.storeGrant(GrantToken.sign(
                    Samples.grant("some-service", key.cloudId(), new Holder.ServiceHolder("x", Samples.DIGEST), "find"),
                    key.signingKey()));
            Door door = host.client.openDoor(
                    key.cloudId(), new DoorRequest("some-service", "x", Samples.PROGRAM, Samples.COMMAND, "runs"));
            Documents.Page first = owner.find("entries", new Documents.Find(ALL, null, null, null, null, 10));
            String cursor = Objects.requireNonNull(first.cursor());
            owner.forget(secrets(false));
            PmHostTest.refused(ProblemCode.NOT_FOUND, () -> owner.next(cursor));
            assertThat(host.client.doors(key.cloudId())).isEmpty();
            assertThat(Path.of(door.directory(), "token")).doesNotExist();
            assertThat(owner.audit(0, 1000).items())
                    .extracting(AuditEntry::operation)
                    .contains("forget");
        }
    }

    @Test
    void changesAndDeletionsShowInTheCountAndAdditionsDoNot(@TempDir Path directory) throws IOException {
        OwnerKey key = OwnerKey.generate();
        try (var host = new TestHost(directory)) {
            CloudClient owner = host.owner(key);
            store(owner);
            long first = rewritten(owner);
            owner.upload(Samples.lines(100, 150), "lines");
            owner.upload(Samples.lines(0, 50), "lines");
            owner.update("analysis", new Documents.Update(ALL, Samples.json("{'$set': {'x': 1}}"), true, null));
            assertThat(rewritten(owner)).isEqualTo(first);
            owner.update(
                    "entries",
                    new Documents.Update(
                            Samples.json("{'data.ts': 7.5}"), Samples.json("{'$set': {'data.x': 1}}"), false, null));
            long second = rewritten(owner);
            assertThat(second).isGreaterThan(first);
            host.client.hibernate(key.cloudId());
            assertThat(rewritten(owner)).isEqualTo(second);
            owner.delete("entries", new Documents.Delete(Samples.json("{'data.ts': 8.5}"), false));
            owner.insert("entries", List.of(Samples.json("{'_id': 'in its place', 'data': {'ts': 8}}")));
            long third = rewritten(owner);
            assertThat(third).isGreaterThan(second);
            host.client.hibernate(key.cloudId());
            Files.delete(host.cloudDirectory(key).resolve("view.db"));
            assertThat(rewritten(owner)).isGreaterThanOrEqualTo(third);
        }
    }

    private static long rewritten(CloudClient owner) {
        return Objects.requireNonNull(owner.counted("entries", ALL).rewritten());
    }
}
