package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.api.PeerTrust;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.UnreachableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PmTlsTest {
    @TempDir
    Path directory;

    private final TestTls authority = new TestTls();

    @Test
    void aRunningHostShowsARenewedCertificateFromTheNextHandshakeOnAndNeverHalfOfIt() throws Exception {
        Path server = directory.resolve("server");
        Path next = directory.resolve("next");
        var identity = authority.identity(server);
        authority.identity(directory.resolve("client"));
        authority.identity(next);
        var settings = HostSettings.shared(directory.resolve("host"), directory.resolve("doors"));
        try (HttpsFront front = HttpsFront.start(new PmHost(settings, VaultSettings.bare()), 0, identity)) {
            Certificate first = shown(front.port());

            replace(next, server, "certificate.pem");
            assertThat(shown(front.port())).as("while its key is missing").isEqualTo(first);
            replace(next, server, "key.pem");
            assertThat(shown(front.port())).isNotEqualTo(first);

            Files.writeString(server.resolve("certificate.pem"), "not a certificate");
            assertThat(shown(front.port())).as("unreadable").isNotEqualTo(first);
        }
    }

    @Test
    void aRunningClientShowsARenewedCertificateTooAndIsStillLetIn() throws Exception {
        Path mine = directory.resolve("client");
        var client = authority.identity(mine);
        var settings = HostSettings.shared(directory.resolve("host"), directory.resolve("doors"));
        try (HttpsFront front = HttpsFront.start(
                        new PmHost(settings, VaultSettings.bare()),
                        0,
                        authority.identity(directory.resolve("server")));
                PmClient before = new PmClient(URI.create("https://localhost:" + front.port()), client)) {
            assertThat(before.status().clouds()).isZero();
            authority.identity(directory.resolve("next"));
            replace(directory.resolve("next"), mine, "key.pem");
            replace(directory.resolve("next"), mine, "certificate.pem");
            try (PmClient after = new PmClient(URI.create("https://localhost:" + front.port()), client)) {
                assertThat(after.status().clouds()).isZero();
            }
        }
    }

    @Test
    void aClientWhoseCertificateIsRevokedIsNotAnsweredOnAConnectionThatItHasAlready() throws Exception {
        Path server = directory.resolve("server");
        Path thief = directory.resolve("thief");
        authority.identity(server);
        var honest = authority.identity(directory.resolve("client"));
        var stolen = authority.identity(thief);
        PeerTrust trust = PmTls.trust(server);
        var settings = HostSettings.shared(directory.resolve("host"), directory.resolve("doors"));
        try (HttpsFront front = HttpsFront.start(
                        new PmHost(settings, VaultSettings.bare()),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        PmTls.context(server, trust),
                        trust);
                PmClient other = new PmClient(URI.create("https://localhost:" + front.port()), honest);
                PmClient mine = new PmClient(URI.create("https://localhost:" + front.port()), stolen)) {
            assertThat(mine.status().clouds()).isZero();
            assertThat(other.status().clouds()).isZero();
            X509Certificate revoked = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(Files.newInputStream(thief.resolve("certificate.pem")));
            Files.writeString(
                    server.resolve(PeerTrust.REVOKED), revoked.getSerialNumber().toString(16) + "\n");
            assertThatThrownBy(mine::status).isInstanceOf(UnreachableException.class);
            assertThat(other.status().clouds()).isZero();
        }
    }

    private static void replace(Path from, Path to, String file) throws IOException {
        Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    /** What it shows in a handshake from the beginning: with a context of its own, nothing is resumed. */
    private Certificate shown(int port) throws IOException {
        var client = PmTls.context(directory.resolve("client"));
        try (SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }
}
