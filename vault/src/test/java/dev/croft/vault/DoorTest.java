package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.Signer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoorTest {
    private static final String OTHER_DIGEST = "sha256:" + "00".repeat(32);

    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    private CloudClient owner(OwnerKey key) {
        CloudClient owner = host.owner(key);
        owner.upload(Samples.lines(0, 20), "lines");
        var grant = Samples.grant(
                "service-grant",
                key.cloudId(),
                new Holder.ServiceHolder("counter", Samples.DIGEST),
                "count",
                "find",
                "insert");
        owner.storeGrant(GrantToken.sign(grant, key.signingKey()));
        return owner;
    }

    private static String ask(Door door, String token, String method, String path, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return raw(
                door,
                (method + " " + path + " HTTP/1.1\r\nHost: door\r\nConnection: close\r\nAuthorization: Bearer " + token
                                + "\r\nContent-Length: " + bytes.length + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** What a door answers to a service that has its token. */
    static String ask(Door door, String method, String path, String body) throws IOException {
        return ask(door, token(door), method, path, body);
    }

    private static String raw(Door door, byte[] request) throws IOException {
        try (var socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.connect(UnixDomainSocketAddress.of(Path.of(door.directory(), "door.sock")));
            try {
                var bytes = ByteBuffer.wrap(request);
                while (bytes.hasRemaining()) {
                    socket.write(bytes);
                }
                socket.shutdownOutput();
            } catch (IOException closedAlready) {
                // It answers before it has read all: what counts is the answer.
            }
            InputStream in = Channels.newInputStream(socket);
            var answer = new ByteArrayOutputStream();
            try {
                in.transferTo(answer);
            } catch (SocketException closedWithBytesUnread) {
                // The door need not read garbage to its end.
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    private static String token(Door door) throws IOException {
        return Files.readString(Path.of(door.directory(), "token"));
    }

    @Test
    void aServiceReachesItsGrantThroughItsDoorAndNothingElse() throws IOException {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        Door door = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(door.directory()))))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(door.directory(), "token"))))
                .isEqualTo("rw-------");
        String token = token(door);
        for (String prefix : List.of("", "/clouds/self", "/clouds/" + key.cloudId())) {
            assertThat(ask(door, token, "POST", prefix + "/collections/entries/count", "{\"filter\":{}}"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("{\"count\":20,\"rewritten\":0}");
        }
        assertThat(ask(door, token, "POST", "/collections/other/count", "{\"filter\":{}}"))
                .contains("grant-forbids");
        assertThat(ask(door, token, "GET", "/grants", "")).contains("grant-forbids");
        assertThat(ask(door, token, "GET", "/status", "")).startsWith("HTTP/1.1 404");
        assertThat(ask(door, token, "GET", "/clouds/" + "0".repeat(32) + "/grant", ""))
                .contains("grant-forbids");
        assertThat(ask(door, "x".repeat(43), "POST", "/collections/entries/count", "{\"filter\":{}}"))
                .startsWith("HTTP/1.1 401");

        Door second = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-2"));
        assertThat(ask(second, token, "POST", "/collections/entries/count", "{\"filter\":{}}"))
                .as("a token is good at its own door only")
                .startsWith("HTTP/1.1 401");
        assertThat(ask(second, token, "POST", "/clouds/" + "0".repeat(32) + "/collections/entries/count", "{}"))
                .startsWith("HTTP/1.1 401");
        assertThat(owner.audit(0, 1000).items())
                .as("and the owner reads of it")
                .filteredOn(entry -> entry.who().equals("door:launch-2/service-grant"))
                .extracting(AuditEntry::outcome)
                .contains("unauthenticated", "unauthenticated");
        assertThat(host.client.doors(key.cloudId()))
                .extracting(Door::launchId)
                .containsExactlyInAnyOrder("launch-1", "launch-2");

        host.client.hibernate(key.cloudId());
        assertThat(ask(door, token, "GET", "/grant", "")).contains("service-grant");
        owner.revokeGrant("service-grant");
        assertThat(ask(door, token, "POST", "/collections/entries/count", "{\"filter\":{}}"))
                .contains("grant-revoked");
        host.client.closeDoor(key.cloudId(), "launch-1");
        assertThatThrownBy(() -> ask(door, token, "GET", "/grant", "")).isInstanceOf(IOException.class);
        assertThat(owner.audit(0, 1000).items())
                .extracting(AuditEntry::who)
                .contains("door:launch-1/service-grant", "host");
    }

    @Test
    void aWrongTokenIsRefusedBeforeAnythingIsSaidOfWhatThereIs() throws IOException {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        Door door = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1"));
        for (String path : List.of("/no/such/route", "/", "/clouds/self/../x", "/status", "/%zz")) {
            assertThat(ask(door, "x".repeat(43), "GET", path, ""))
                    .as(path)
                    .startsWith("HTTP/1.1 401")
                    .contains("unauthenticated");
        }
        assertThat(ask(door, token(door), "GET", "/no/such/route", "")).startsWith("HTTP/1.1 404");
        assertThat(owner.audit(0, 1000).items())
                .filteredOn(entry -> entry.who().equals("door:launch-1/service-grant"))
                .extracting(AuditEntry::operation, AuditEntry::outcome)
                .containsExactly(
                        tuple("unknown", "unauthenticated"),
                        tuple("unknown", "unauthenticated"),
                        tuple("unknown", "unauthenticated"),
                        tuple("unknown", "unauthenticated"),
                        tuple("unknown", "unauthenticated"),
                        tuple("unknown", "unknown-route"));
    }

    @Test
    void whyAServiceWasNotLetRunIsInTheOwnersAudit() {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1"));
        host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-2"));
        host.client.closeDoor(key.cloudId(), "launch-1", ProblemCode.SERVICE_CHANGED);
        host.client.closeDoor(key.cloudId(), "launch-2");
        assertThat(owner.audit(0, 1000).items())
                .extracting(AuditEntry::operation, AuditEntry::object, AuditEntry::outcome)
                .contains(
                        tuple("service_start", "launch-1", "service-changed"),
                        tuple("door_close", "launch-1", "ok"),
                        tuple("door_close", "launch-2", "ok"))
                .doesNotContain(tuple("service_start", "launch-2", "service-changed"));
    }

    @Test
    void aDoorThatIsBatteredNeitherFillsTheAuditNorHidesAnother() throws IOException {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        Door one = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "battered"));
        Door two = host.client.openDoor(
                key.cloudId(), new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "quiet"));
        for (int i = 0; i < 300; i++) {
            ask(one, "wrong", "GET", "/grant", "");
        }
        ask(two, "wrong", "GET", "/grant", "");
        host.client.hibernate(key.cloudId());
        List<AuditEntry> refused = owner.audit(0, 1000).items().stream()
                .filter(entry -> entry.outcome().equals("unauthenticated"))
                .toList();
        assertThat(refused).hasSizeLessThan(40);
        assertThat(refused)
                .filteredOn(entry -> entry.who().startsWith("door:battered"))
                .extracting(AuditEntry::count)
                .satisfies(counts -> assertThat(
                                counts.stream().mapToLong(Long::longValue).sum())
                        .isEqualTo(300));
        assertThat(refused)
                .filteredOn(entry -> entry.who().startsWith("door:quiet"))
                .extracting(AuditEntry::operation)
                .containsExactly("grant_show");
    }

    @Test
    void aChangedServiceOrAnotherOfTheSameFilesOrAnotherCommandGetsNoDoor() {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        PmHostTest.refused(
                ProblemCode.SERVICE_CHANGED,
                () -> host.client.openDoor(
                        key.cloudId(),
                        new DoorRequest("service-grant", "counter", OTHER_DIGEST, Samples.COMMAND, "launch-1")));
        for (List<String> command : List.of(
                List.of("/app/run"),
                List.of("/app/run", "--all", "--more"),
                List.of("/app/run --all"),
                List.of("/app/run", "--al", "l"))) {
            PmHostTest.refused(
                    ProblemCode.SERVICE_CHANGED,
                    () -> host.client.openDoor(
                            key.cloudId(),
                            new DoorRequest("service-grant", "counter", Samples.PROGRAM, command, "launch-1")));
        }
        PmHostTest.refused(
                ProblemCode.GRANT_FORBIDS,
                () -> host.client.openDoor(
                        key.cloudId(),
                        new DoorRequest("service-grant", "its-sibling", Samples.PROGRAM, Samples.COMMAND, "launch-1")));
        PmHostTest.refused(
                ProblemCode.GRANT_UNKNOWN,
                () -> host.client.openDoor(
                        key.cloudId(),
                        new DoorRequest("another-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1")));
        PmHostTest.refused(
                ProblemCode.UNAUTHENTICATED,
                () -> host.client
                        .as(Signer.holder(key.cloudId(), "service-grant", key.signingKey()))
                        .count("entries", Samples.json("{}")));
        assertThat(owner.audit(0, 1000).items()).extracting(AuditEntry::outcome).contains("service-changed");
    }

    @Test
    void lockingClosesEveryDoor() throws IOException {
        OwnerKey key = OwnerKey.generate();
        CloudClient owner = owner(key);
        Door door = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1"));
        String token = token(door);
        owner.lock();
        assertThatThrownBy(() -> ask(door, token, "GET", "/grant", "")).isInstanceOf(IOException.class);
        assertThat(Path.of(door.directory(), "token")).doesNotExist();
    }

    @Test
    void aDoorAnswersGarbageAndGoesOn() throws IOException {
        OwnerKey key = OwnerKey.generate();
        owner(key);
        Door door = host.client.openDoor(
                key.cloudId(),
                new DoorRequest("service-grant", "counter", Samples.PROGRAM, Samples.COMMAND, "launch-1"));
        var random = new SplittableRandom(11);
        for (int i = 0; i < 50; i++) {
            byte[] noise = new byte[random.nextInt(1, 20_000)];
            random.nextBytes(noise);
            raw(door, noise);
        }
        for (String request : List.of(
                "GET\r\n\r\n",
                "GET / HTTP/2\r\n\r\n",
                "GET /grant HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET /grant HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "GET /grant HTTP/1.1\r\nA : b\r\n\r\n",
                "GET /grant HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n",
                "GET /grant HTTP/1.1\r\n" + "a: b\r\n".repeat(1))) {
            assertThat(raw(door, request.getBytes(StandardCharsets.US_ASCII)))
                    .satisfiesAnyOf(
                            answer -> assertThat(answer).startsWith("HTTP/1.1 4"),
                            answer -> assertThat(answer).isEmpty());
        }
        String chunked = "POST /collections/entries/count HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer "
                + token(door) + "\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"filt\r\n8;x=y\r\ner\": {}}\r\n0\r\n\r\n";
        assertThat(raw(door, chunked.getBytes(StandardCharsets.US_ASCII))).endsWith("{\"count\":20,\"rewritten\":0}");
    }
}
