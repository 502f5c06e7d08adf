package dev.croft.router.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.api.PeerTrust;
import dev.croft.vault.api.PmTls;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinedAuthorityTest {

    @TempDir
    Path directory;

    private static X509Certificate[] client(CertificateAuthority authority) {
        return authority
                .issue("croft-router", CertificateAuthority.Purpose.CLIENT, List.of())
                .chain()
                .toArray(X509Certificate[]::new);
    }

    private PeerTrust hostOf(CertificateAuthority authority, String name) throws Exception {
        authority.ensure(
                directory.resolve(name), name, CertificateAuthority.Purpose.SERVER, List.of("localhost", "127.0.0.1"));
        return PmTls.trust(directory.resolve(name));
    }

    @Test
    void aRouterThatJoinedIsLetInByItsOwnHostsAndByOtherRoutersButNotByTheirHosts() throws Exception {
        CertificateAuthority first = CertificateAuthority.open(directory.resolve("first"), Clock.systemUTC());
        KeyPair key = JoinedAuthority.newKey();
        JoinedAuthority.keep(
                directory.resolve("second"),
                key.getPrivate(),
                first.admit("second", key.getPublic()),
                first.forClients());
        CertificateAuthority second = CertificateAuthority.open(directory.resolve("second"), Clock.systemUTC());
        PeerTrust routers = new PeerTrust(directory.resolve("first/ca.pem"), null);
        PeerTrust hostOfFirst = hostOf(first, "host-of-first");
        PeerTrust hostOfSecond = hostOf(second, "host-of-second");

        assertThatCode(() -> routers.checkClientTrusted(client(second), "EC")).doesNotThrowAnyException();
        assertThatCode(() -> hostOfFirst.checkClientTrusted(client(first), "EC"))
                .doesNotThrowAnyException();
        assertThatCode(() -> hostOfSecond.checkClientTrusted(client(second), "EC"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> hostOfFirst.checkClientTrusted(client(second), "EC"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> hostOfSecond.checkClientTrusted(client(first), "EC"))
                .isInstanceOf(CertificateException.class);
    }
}
