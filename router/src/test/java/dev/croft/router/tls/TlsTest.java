package dev.croft.router.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.router.RouterException;
import dev.croft.router.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {

    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1");

    private final TestClock clock = new TestClock(Instant.now().toString());

    @TempDir
    Path directory;

    @Test
    void theAuthorityIsMadeOnceAndItsFilesAreThisUsersOnly() throws IOException {
        CertificateAuthority first = CertificateAuthority.open(directory.resolve("ca"), clock);
        CertificateAuthority again = CertificateAuthority.open(directory.resolve("ca"), clock);
        assertThat(again.certificate()).isEqualTo(first.certificate());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca"))))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(directory.resolve("ca"))) {
            assertThat(files)
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void aServerAndAClientOfOneAuthorityMeetAndOthersDoNot() throws Exception {
        CertificateAuthority ours = CertificateAuthority.open(directory.resolve("ca"), clock);
        CertificateAuthority theirs = CertificateAuthority.open(directory.resolve("other"), clock);
        ours.ensure(directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        ours.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        theirs.ensure(directory.resolve("stranger"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        Files.copy(
                directory.resolve("ca/ca.pem"),
                directory.resolve("stranger/ca.pem"),
                StandardCopyOption.REPLACE_EXISTING);

        try (TestServer server = new TestServer(Tls.context(directory.resolve("server")))) {
            assertThat(server.get(Tls.context(directory.resolve("client")))).isEqualTo(200);
            assertThatThrownBy(() -> server.get(Tls.context(directory.resolve("stranger"))))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> server.get(Tls.trusting(directory.resolve("ca/ca.pem"))))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> server.get(Tls.context(directory.resolve("server"))))
                    .as("a server's certificate does not make a client")
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> server.get(Tls.trusting(directory.resolve("other/ca.pem"))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aCertificateIsRenewedBeforeItExpiresAndUsedWithoutARestart() throws Exception {
        CertificateAuthority authority = CertificateAuthority.open(directory.resolve("ca"), clock);
        Path server = directory.resolve("server");
        authority.ensure(server, "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        authority.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        SSLContext client = Tls.context(directory.resolve("client"));
        try (TestServer running = new TestServer(Tls.context(server))) {
            assertThat(authority.ensure(server, "server", CertificateAuthority.Purpose.SERVER, LOOPBACK))
                    .isFalse();
            X509Certificate before = running.shown(client);
            clock.advance(Duration.ofDays(61));
            assertThat(authority.ensure(server, "server", CertificateAuthority.Purpose.SERVER, LOOPBACK))
                    .isTrue();
            // Renewed "in 61 days" it is not valid yet for the JDK's own clock, so issue it as of now.
            CertificateAuthority today = CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC());
            today.issue("server", CertificateAuthority.Purpose.SERVER, LOOPBACK).write(server);
            assertThat(running.shown(Tls.context(directory.resolve("client")))).isNotEqualTo(before);
        }
    }

    @Test
    void anExpiredCertificateOrOneOfAnotherNameIsRefusedOnEitherSide() throws Exception {
        CertificateAuthority today = CertificateAuthority.open(directory.resolve("ca"), clock);
        today.ensure(directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        today.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        CertificateAuthority longAgo = CertificateAuthority.open(
                directory.resolve("ca"),
                new TestClock(Instant.now().minus(Duration.ofDays(1000)).toString()));
        longAgo.ensure(directory.resolve("old-server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        longAgo.ensure(directory.resolve("old-client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        today.ensure(
                directory.resolve("elsewhere"),
                "server",
                CertificateAuthority.Purpose.SERVER,
                List.of("elsewhere.example"));
        SSLContext client = Tls.context(directory.resolve("client"));
        try (TestServer server = new TestServer(Tls.context(directory.resolve("server")))) {
            assertThat(server.get(client)).isEqualTo(200);
            assertThatThrownBy(() -> server.get(Tls.context(directory.resolve("old-client"))))
                    .as("an expired client")
                    .isInstanceOf(IOException.class);
        }
        for (String wrong : List.of("old-server", "elsewhere")) {
            try (TestServer server = new TestServer(Tls.context(directory.resolve(wrong)))) {
                assertThatThrownBy(() -> server.get(client)).as(wrong).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void anAuthorityIsRenewedInStepsAndAtEachOfThemEveryoneTrustsWhatAnyoneShows() throws Exception {
        Path ca = directory.resolve("ca");
        TestClock then = new TestClock(Instant.now().minus(Duration.ofDays(31)).toString());
        CertificateAuthority authority = CertificateAuthority.open(ca, then);
        X509Certificate old = authority.certificate();
        authority.renew(old.getSerialNumber().toString(16));
        assertThat(Identity.certificates(authority.trusted()))
                .hasSize(2)
                .first()
                .isEqualTo(old);
        // A client that fetches what to trust in the overlap, and no later.
        Path fetched = Files.write(directory.resolve("fetched.pem"), authority.trusted());
        then.advance(Duration.ofDays(29));
        authority.rotate();
        assertThat(authority.certificate()).as("the new one does not issue yet").isEqualTo(old);

        then.advance(Duration.ofDays(2).minus(Duration.ofMinutes(1)));
        authority.ensure(directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        authority.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        SSLContext client = Tls.context(directory.resolve("client"));
        try (TestServer server = new TestServer(Tls.context(directory.resolve("server")))) {
            X509Certificate byOld = server.shown(client);
            byOld.verify(old.getPublicKey());

            authority.rotate();
            assertThat(authority.certificate()).isNotEqualTo(old);
            assertThat(server.get(client)).as("nothing is reissued yet").isEqualTo(200);
            assertThat(authority.ensure(
                            directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK))
                    .isTrue();
            Files.copy(directory.resolve("client/certificate.pem"), directory.resolve("client-old.pem"));
            assertThat(server.shown(Tls.context(directory.resolve("client"))))
                    .as("a client of the old authority, a server of the new")
                    .isNotEqualTo(byOld);
            authority.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
            assertThat(server.shown(Tls.context(directory.resolve("client")))).isNotEqualTo(byOld);
            assertThat(Identity.certificates(Files.readAllBytes(fetched))).contains(authority.certificate());
        }
        assertThat(CertificateAuthority.open(ca, then).certificate()).isEqualTo(authority.certificate());
        then.advance(CertificateAuthority.LEAF_LIFETIME.plusDays(1));
        authority.rotate();
        assertThat(Identity.certificates(authority.trusted())).containsExactly(authority.certificate());
        assertThat(Files.readAllBytes(ca.resolve("ca.pem"))).isEqualTo(authority.trusted());
    }

    @Test
    void anAuthorityRenewsItselfAYearBeforeItsEndAndACrashWhileItTakesItsPlaceIsMadeGood() throws Exception {
        Path ca = directory.resolve("ca");
        CertificateAuthority authority = CertificateAuthority.open(ca, clock);
        authority.rotate();
        assertThat(Identity.certificates(authority.trusted())).hasSize(1);
        clock.advance(Duration.ofDays(3650 - 300));
        authority.rotate();
        assertThat(Identity.certificates(authority.trusted())).hasSize(2);
        // The key is in its place, the certificate not yet.
        Files.copy(ca.resolve("next/key.pem"), ca.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
        X509Certificate next = Identity.read(ca.resolve("next")).certificate();
        assertThat(CertificateAuthority.open(ca, clock).certificate()).isEqualTo(next);
    }

    @Test
    void whatIsRevokedIsRefusedByWhoeverRunsAlreadyAndNobodyIsTrustedWhileThatCannotBeRead() throws Exception {
        CertificateAuthority authority = CertificateAuthority.open(directory.resolve("ca"), clock);
        authority.ensure(directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        authority.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        authority.ensure(directory.resolve("thief"), "thief", CertificateAuthority.Purpose.CLIENT, List.of());
        try (TestServer server = new TestServer(Tls.context(directory.resolve("server")))) {
            assertThat(server.get(Tls.context(directory.resolve("thief")))).isEqualTo(200);
            authority.revoke(Identity.read(directory.resolve("thief"))
                    .certificate()
                    .getSerialNumber()
                    .toString(16));
            authority.ensure(directory.resolve("server"), "server", CertificateAuthority.Purpose.SERVER, LOOPBACK);
            assertThatThrownBy(() -> server.get(Tls.context(directory.resolve("thief"))))
                    .isInstanceOf(IOException.class);
            assertThat(server.get(Tls.context(directory.resolve("client")))).isEqualTo(200);
            assertThat(CertificateAuthority.open(directory.resolve("ca"), clock).issued())
                    .filteredOn(IssuedCertificate::revoked)
                    .extracting(IssuedCertificate::name)
                    .containsExactly("thief");

            Files.writeString(directory.resolve("server/revoked"), "what is this?");
            assertThatThrownBy(() -> server.get(Tls.context(directory.resolve("client"))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void whatIsRevokedStaysSoWhereTheRecordOfWhatWasIssuedIsLostAndUntilItHasExpired() throws Exception {
        Path ca = directory.resolve("ca");
        CertificateAuthority authority = CertificateAuthority.open(ca, clock);
        authority.ensure(directory.resolve("thief"), "thief", CertificateAuthority.Purpose.CLIENT, List.of());
        String serial = Identity.read(directory.resolve("thief"))
                .certificate()
                .getSerialNumber()
                .toString(16);
        authority.revoke(serial);
        byte[] issued = Files.readAllBytes(ca.resolve("issued"));
        Files.delete(ca.resolve("issued"));
        CertificateAuthority again = CertificateAuthority.open(ca, clock);
        assertThat(again.revoked()).isEqualTo(serial + "\n");
        // Another that is revoked then leaves it in the file.
        again.ensure(directory.resolve("other"), "other", CertificateAuthority.Purpose.CLIENT, List.of());
        again.retire(directory.resolve("other"));
        assertThat(CertificateAuthority.open(ca, clock).revoked().lines())
                .hasSize(2)
                .contains(serial);

        Files.write(ca.resolve("issued"), issued);
        clock.advance(CertificateAuthority.LEAF_LIFETIME.plusDays(1));
        assertThat(CertificateAuthority.open(ca, clock).revoked())
                .as("known to have expired")
                .doesNotContain(serial);
        assertThat(CertificateAuthority.open(ca, clock).revoked()).doesNotContain(serial);
        Files.writeString(ca.resolve("revoked"), "what is this?");
        assertThatThrownBy(() -> CertificateAuthority.open(ca, clock)).isInstanceOf(RouterException.Broken.class);
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws IOException {
        CertificateAuthority authority = CertificateAuthority.open(directory.resolve("ca"), clock);
        authority.ensure(directory.resolve("a"), "a", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        authority.ensure(directory.resolve("b"), "b", CertificateAuthority.Purpose.SERVER, LOOPBACK);
        assertThatThrownBy(() -> Identity.read(
                        directory.resolve("a").resolve(Identity.CERTIFICATE_FILE),
                        directory.resolve("b").resolve(Identity.KEY_FILE)))
                .isInstanceOf(RouterException.Broken.class);
        assertThat(Identity.read(directory.resolve("a")).toString()).doesNotContain("PRIVATE");
    }

    private static final class TestServer implements AutoCloseable {
        private final HttpsServer server;

        TestServer(SSLContext context) throws IOException {
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
            server.setHttpsConfigurator(new HttpsConfigurator(context) {
                @Override
                public void configure(HttpsParameters parameters) {
                    var ssl = getSSLContext().getDefaultSSLParameters();
                    ssl.setNeedClientAuth(true);
                    parameters.setSSLParameters(ssl);
                }
            });
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
        }

        private HttpResponse<Void> ask(SSLContext context) throws IOException, InterruptedException {
            try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
                URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/");
                return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
            }
        }

        int get(SSLContext context) throws IOException, InterruptedException {
            return ask(context).statusCode();
        }

        X509Certificate shown(SSLContext context) throws Exception {
            return (X509Certificate) ask(context).sslSession().orElseThrow().getPeerCertificates()[0];
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
