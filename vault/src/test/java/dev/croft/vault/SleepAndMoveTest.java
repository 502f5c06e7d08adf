package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.HandoverRequest;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.SealedKey;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Private clouds that are put to sleep because memory is short, and keys that move between a shared host and a process of its own. */
class SleepAndMoveTest {
    @TempDir
    Path directory;

    private final TestTls authority = new TestTls();

    private record Host(HttpsFront front, PmClient client) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
            front.close();
        }
    }

    private Host host(PmHost host) throws IOException {
        HttpsFront front = HttpsFront.start(host, 0, authority.identity(directory.resolve("server")));
        return new Host(
                front,
                new PmClient(
                        URI.create("https://localhost:" + front.port()),
                        authority.identity(directory.resolve("client"))));
    }

    private HostSettings sharedSettings() throws IOException {
        return HostSettings.shared(directory.resolve("host"), Files.createTempDirectory("croft-doors"));
    }

    private Host shared() throws IOException {
        return host(new PmHost(sharedSettings(), VaultSettings.bare()));
    }

    private Host own(OwnerKey key) throws IOException {
        Path clouds = directory.resolve("host").resolve("clouds");
        return host(new PmHost(
                HostSettings.single(
                        directory.resolve("own"), Files.createTempDirectory("croft-doors"), clouds, key.cloudId()),
                VaultSettings.bare()));
    }

    private static void note(Host host, OwnerKey key) {
        host.client.as(Signer.owner(key)).insert("notes", List.of(new BsonDocument("n", new BsonInt32(1))));
    }

    private static long notes(Host host, OwnerKey key) {
        return host.client.as(Signer.owner(key)).count("notes", new BsonDocument());
    }

    @Test
    void whenMemoryIsShortTheLongestUnusedSleepsAndWakesWithTheNextRequest() throws IOException {
        var looksFull = new AtomicInteger();
        var vault = VaultSettings.bare();
        try (Host host = host(new PmHost(
                        sharedSettings(),
                        vault,
                        () -> looksFull.getAndUpdate(times -> Math.max(0, times - 1)) > 0,
                        Duration.ofSeconds(10)));
                OwnerKey first = OwnerKey.generate();
                OwnerKey second = OwnerKey.generate()) {
            host.client.create(first, null, null);
            host.client.create(second, null, null);
            note(host, first);
            note(host, second);
            assertThat(host.client.status().awake()).isEqualTo(2);

            looksFull.set(1);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> host.client.status().awake() == 1);
            assertThat(host.client.cloud(first.cloudId()).state()).isEqualTo(CloudState.ASLEEP);
            assertThat(host.client.cloud(second.cloudId()).state()).isEqualTo(CloudState.AWAKE);

            assertThat(notes(host, first)).isEqualTo(1);
            assertThat(host.client.status().awake()).isEqualTo(2);
        }
    }

    @Test
    void aKeyGoesToTheProcessOfItsOwnAndBackAndServesThere() throws IOException {
        try (OwnerKey key = OwnerKey.generate();
                Host shared = shared()) {
            shared.client.create(key, null, null);
            note(shared, key);
            shared.client.as(Signer.owner(key)).lock();
            try (Host own = own(key)) {
                List<String> both = List.of(
                        shared.client.status().hostKey(), own.client.status().hostKey());
                shared.client.unlock(key, both);
                shared.client.hibernate(key.cloudId());

                move(shared, own, key);
                assertThat(notes(own, key)).isEqualTo(1);
                note(own, key);

                move(own, shared, key);
                assertThat(notes(shared, key)).isEqualTo(2);
            }
        }
    }

    @Test
    void aPrivateCloudThatGoesElsewhereLeavesNoKeyBehind() throws IOException {
        try (OwnerKey key = OwnerKey.generate();
                Host shared = shared()) {
            shared.client.create(key, null, null);
            note(shared, key);
            shared.client.hibernate(key.cloudId());
            assertThat(shared.client.release(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
            assertThatThrownBy(() -> shared.client.wake(key.cloudId()))
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.LOCKED));
            assertThat(shared.client.release(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
            assertThat(shared.client.unlock(key, List.of()).state()).isEqualTo(CloudState.AWAKE);
            assertThat(notes(shared, key)).isEqualTo(1);
            assertThat(shared.client.release(key.cloudId()).state())
                    .as("awake, too")
                    .isEqualTo(CloudState.LOCKED);
        }
    }

    @Test
    void aKeyThatIsPutAsideOpensNothingAndIsTakenBackOrForgotten() throws IOException {
        var now = new AtomicReference<>(Instant.now());
        var bare = VaultSettings.bare();
        var vault = new VaultSettings(
                bare.schema(), bare.limits(), bare.uploads(), bare.computations(), bare.formats(), now::get);
        try (OwnerKey key = OwnerKey.generate();
                Host shared = host(new PmHost(sharedSettings(), vault))) {
            String id = key.cloudId();
            shared.client.create(key, null, null);
            note(shared, key);
            assertThat(shared.client.keep(id).state()).as("none is aside").isEqualTo(CloudState.AWAKE);
            assertThat(shared.client.hold(id).state()).isEqualTo(CloudState.LOCKED);
            assertThat(shared.client.hold(id).state()).as("again").isEqualTo(CloudState.LOCKED);
            assertThat(shared.client.aside()).containsExactly(id);
            assertThatThrownBy(() -> shared.client.wake(id)).isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> notes(shared, key)).isInstanceOf(ProblemException.class);
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.ASLEEP);
            assertThat(notes(shared, key)).isEqualTo(1);
            assertThat(shared.client.aside()).isEmpty();

            assertThat(shared.client.drop(id).state()).as("not the one in use").isEqualTo(CloudState.AWAKE);
            shared.client.hold(id);
            shared.client.drop(id);
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.LOCKED);
            shared.client.unlock(key, List.of());
            shared.client.hold(id);
            shared.client.release(id);
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.LOCKED);

            shared.client.unlock(key, List.of());
            shared.client.hold(id);
            now.updateAndGet(then -> then.plus(Duration.ofMinutes(50)));
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.ASLEEP);
            shared.client.hold(id);
            now.updateAndGet(then -> then.plus(Duration.ofMinutes(61)));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> shared.client.aside().isEmpty());
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.LOCKED);
        }
    }

    @Test
    void aKeyThatWasSealedToAHostWhichThenLetGoOfItOpensNothingThereAndIsTakenBack() throws IOException {
        try (OwnerKey key = OwnerKey.generate();
                Host shared = shared()) {
            String id = key.cloudId();
            shared.client.create(key, null, null);
            note(shared, key);
            try (Host own = own(key)) {
                shared.client.unlock(key, List.of(own.client.status().hostKey()));
                CloudStatus waiting = own.client.cloud(id);
                SealedKey sealed =
                        shared.client.handover(id, new HandoverRequest(waiting.hostKey(), waiting.challenge()));
                assertThat(shared.client.aside()).containsExactly(id);
                own.client.release(id);
                refused(own, key, sealed);
            }
            assertThat(shared.client.keep(id).state()).isEqualTo(CloudState.ASLEEP);
            assertThat(notes(shared, key)).isEqualTo(1);
        }
    }

    private static void move(Host from, Host to, OwnerKey key) {
        CloudStatus waiting = to.client.cloud(key.cloudId());
        assertThat(waiting.state()).isEqualTo(CloudState.LOCKED);
        SealedKey sealed =
                from.client.handover(key.cloudId(), new HandoverRequest(waiting.hostKey(), waiting.challenge()));
        assertThat(to.client.unlock(key.cloudId(), sealed).state()).isEqualTo(CloudState.AWAKE);
        assertThat(from.client.cloud(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
    }

    @Test
    void aKeyThatIsSealedToAnotherHostOrToItsRunBeforeLeavesItLocked() throws IOException {
        try (OwnerKey key = OwnerKey.generate()) {
            try (Host shared = shared()) {
                shared.client.create(key, null, null);
            }
            SealedKey toTheRunBefore;
            try (Host own = own(key)) {
                CloudStatus waiting = own.client.cloud(key.cloudId());
                String foreign =
                        Base64Url.encode(ReaderKey.generate().publicKey().encoded());
                refused(own, key, SealedKey.seal(key, foreign, waiting.challenge(), List.of()));
                toTheRunBefore = SealedKey.seal(key, waiting.hostKey(), waiting.challenge(), List.of());
                assertThat(own.client.unlock(key, List.of()).state()).isEqualTo(CloudState.AWAKE);
            }
            try (Host again = own(key)) {
                refused(again, key, toTheRunBefore);
                assertThatThrownBy(() -> again.client.wake(key.cloudId()))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.code()).isEqualTo(ProblemCode.LOCKED));
            }
        }
    }

    private static void refused(Host host, OwnerKey key, SealedKey sealed) {
        assertThatThrownBy(() -> host.client.unlock(key.cloudId(), sealed))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STALE_CHALLENGE));
        assertThat(host.client.cloud(key.cloudId()).state()).isEqualTo(CloudState.LOCKED);
    }
}
