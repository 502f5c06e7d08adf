package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.IssuedCertificate;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** Certificates of a whole router with its hosts: renewed under way, revoked, and an operator's own. */
class CertificatesTest {

    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1");

    private static X509Certificate shown(int port, SSLContext client) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static Path state(TestRouter router) {
        return router.config.stateDirectory();
    }

    private static Path sharedTls(TestRouter router) {
        return state(router).resolve("hosts/shared/tls");
    }

    private static int sharedPort(TestRouter router) throws IOException {
        return Integer.parseInt(
                Files.readString(state(router).resolve("hosts/shared/run/port")).strip());
    }

    private static void renew(TestRouter router) throws IOException {
        CertificateAuthority authority = CertificateAuthority.open(state(router).resolve("ca"), Clock.systemUTC());
        authority
                .issue("croft-shared", CertificateAuthority.Purpose.SERVER, LOOPBACK)
                .write(sharedTls(router));
        authority
                .issue("croft-router", CertificateAuthority.Purpose.SERVER, LOOPBACK)
                .write(state(router).resolve("tls/server"));
        authority
                .issue("croft-router", CertificateAuthority.Purpose.CLIENT, List.of())
                .write(state(router).resolve("tls/client"));
    }

    @Test
    void routerHostAndClientCertificatesAreRenewedWhileRequestsGoOnAndNoneFails() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient owner = router.account("ana", Role.OWNER)) {
            OwnerKey key = router.cloud(owner, PrivateCloud.Hosting.SHARED);
            X509Certificate routerBefore = shown(router.server.port(), Tls.trusting(router.config.trustFile()));
            X509Certificate hostBefore =
                    shown(sharedPort(router), Tls.context(state(router).resolve("tls/client")));

            AtomicBoolean ended = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> asking = Stream.generate(() -> Thread.ofVirtual().start(() -> {
                        try {
                            while (!ended.get()) {
                                // A connection of its own, so that each asks with a handshake.
                                try (RouterClient fresh = router.account("ana", Role.OWNER)) {
                                    fresh.wake(key.cloudId());
                                    answered.incrementAndGet();
                                }
                            }
                        } catch (RuntimeException e) {
                            failure.compareAndSet(null, e);
                        }
                    }))
                    .limit(4)
                    .toList();
            for (int round = 0; round < 3; round++) {
                int before = answered.get();
                renew(router);
                while (answered.get() < before + 10 && failure.get() == null) {
                    Thread.onSpinWait();
                    Thread.yield();
                }
            }
            ended.set(true);
            for (Thread thread : asking) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(shown(router.server.port(), Tls.trusting(router.config.trustFile())))
                    .isNotEqualTo(routerBefore);
            assertThat(shown(sharedPort(router), Tls.context(state(router).resolve("tls/client"))))
                    .isNotEqualTo(hostBefore);
        }
    }

    @Test
    void aRevokedCertificateIsRefusedByRouterAndHostAndItsPartGetsAnother() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator();
                RouterClient owner = router.account("ana", Role.OWNER)) {
            OwnerKey key = router.cloud(owner, PrivateCloud.Hosting.SHARED);
            // What a thief has: the files of the host, and those of the router as a client.
            Path stolenHost = copy(sharedTls(router), router.directory.resolve("stolen-host"));
            Path stolenClient = copy(state(router).resolve("tls/client"), router.directory.resolve("stolen-client"));
            SSLContext routers = Tls.context(state(router).resolve("tls/client"));
            SSLContext thief = Tls.context(stolenClient);
            try (FakePmHost imposter = new FakePmHost(
                    stolenHost,
                    Files.createDirectories(router.directory.resolve("imposter/a/b/keys")),
                    router.directory)) {
                assertThat(shown(imposter.port(), routers)).isNotNull();
                assertThat(shown(sharedPort(router), thief)).isNotNull();

                for (Path stolen : List.of(stolenHost, stolenClient)) {
                    String serial = Identity.read(stolen)
                            .certificate()
                            .getSerialNumber()
                            .toString(16);
                    assertThat(operator.revokeCertificate(serial))
                            .filteredOn(IssuedCertificate::revoked)
                            .extracting(IssuedCertificate::serial)
                            .contains(serial);
                }
                assertThatThrownBy(() -> shown(imposter.port(), routers))
                        .as("the router, running on, does not talk to the imposter")
                        .isInstanceOf(IOException.class)
                        .hasStackTraceContaining("revoked");
                assertThat(refused(sharedPort(router), Tls.context(stolenClient)))
                        .as("the host, running on, does not let the thief in")
                        .isTrue();
            }
            owner.wake(key.cloudId());
            assertThat(shown(sharedPort(router), routers))
                    .isEqualTo(Identity.read(sharedTls(router)).certificate())
                    .isNotEqualTo(Identity.read(stolenHost).certificate());
            assertThatThrownBy(() -> operator.revokeCertificate("0"))
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            e -> assertThat(e.status()).isEqualTo(404));
            assertThatThrownBy(() -> owner.revokeCertificate("0"))
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            e -> assertThat(e.status()).isEqualTo(403));
            assertThat(operator.acts(0).acts())
                    .filteredOn(act -> act.act().equals("POST /certificates/{serial}/revoke"))
                    .extracting(act -> act.outcome())
                    .contains("ok", "forbidden");
        }
    }

    /** Under TLS 1.3 a client hears only when it reads that the server did not accept its certificate. */
    private static boolean refused(int port, SSLContext client) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET /status HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void theCertificateOfAHostThatIsNoMoreIsRevoked() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator();
                RouterClient owner = router.account("ana", Role.OWNER)) {
            OwnerKey key = router.cloud(owner, PrivateCloud.Hosting.OWN_PROCESS);
            owner.wake(key.cloudId());
            String name = "croft-own-" + key.cloudId();
            assertThat(operator.certificates())
                    .filteredOn(one -> one.name().equals(name))
                    .allSatisfy(one -> assertThat(one.revoked()).isFalse())
                    .hasSize(1);
            owner.deleteCloud(Signer.owner(key));
            assertThat(operator.certificates())
                    .filteredOn(one -> one.name().equals(name))
                    .allSatisfy(one -> assertThat(one.revoked()).isTrue())
                    .hasSize(1);
            assertThat(state(router).resolve("hosts/own-" + key.cloudId() + "/tls/key.pem"))
                    .doesNotExist();
        }
    }

    @Test
    void anOutsideAuthoritysCertificateIsReadAgainWhenItsFilesChangeAsASecretsVolumeDoes() throws Exception {
        Path volume = Files.createTempDirectory("croft-certificates");
        CertificateAuthority outside = CertificateAuthority.open(volume.resolve("ca"), Clock.systemUTC());
        Identity first = outside.issue("router", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        Identity second = outside.issue("router", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        first.write(volume.resolve("1"));
        second.write(volume.resolve("2"));
        Path data = Files.createSymbolicLink(volume.resolve("data"), Path.of("1"));
        try (TestRouter router = new TestRouter(config -> config.withCertificate(
                new RouterConfig.Certificate(data.resolve("certificate.pem"), data.resolve("key.pem"))))) {
            SSLContext client = Tls.trusting(volume.resolve("ca/ca.pem"));
            assertThat(shown(router.server.port(), client)).isEqualTo(first.certificate());
            Path next = Files.createSymbolicLink(volume.resolve("data-next"), Path.of("2"));
            Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            assertThat(shown(router.server.port(), Tls.trusting(volume.resolve("ca/ca.pem"))))
                    .isEqualTo(second.certificate());
        }
    }

    @Test
    void theAuthorityIsRenewedAndClientsFetchWhatToTrust() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator()) {
            byte[] before = operator.trust();
            assertThat(operator.renewAuthority()).isNotEqualTo(before);
            assertThat(Identity.certificates(operator.trust())).hasSize(2);
            assertThat(Files.readAllBytes(router.config.trustFile())).isEqualTo(operator.trust());
            assertThat(Files.readAllBytes(sharedTls(router).resolve("ca.pem"))).isEqualTo(operator.trust());
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String file : List.of("certificate.pem", "key.pem", "ca.pem")) {
            Files.copy(from.resolve(file), to.resolve(file));
        }
        return to;
    }
}
