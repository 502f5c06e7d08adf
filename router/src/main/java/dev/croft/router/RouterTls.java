package dev.croft.router;

import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.PeerTrust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;

/** By what certificates a router is known to clients and to other routers. */
final class RouterTls {

    private static final String NAME = "croft-router";

    private final RouterConfig config;
    private final CertificateAuthority authority;

    RouterTls(RouterConfig config, CertificateAuthority authority) {
        this.config = config;
        this.authority = authority;
    }

    private Path directory(String name) {
        return config.stateDirectory().resolve("tls").resolve(name);
    }

    /** Serial numbers of certificates that this router does not believe. */
    Path revoked() {
        return directory("routers").resolve(PeerTrust.REVOKED);
    }

    /** For clients, who show no certificate: the operator's, or one of this router's authority. */
    SSLContext clients() {
        if (config.certificate().isPresent()) {
            RouterConfig.Certificate own = config.certificate().get();
            return Tls.context(own.chainFile(), own.keyFile(), null);
        }
        Path directory = directory("server");
        ensure(directory);
        return Tls.context(directory.resolve(Identity.CERTIFICATE_FILE), directory.resolve(Identity.KEY_FILE), null);
    }

    /** For other routers, whose certificates are asked for. */
    SSLContext routers() {
        ensure(directory("routers"));
        return Tls.contextTrusting(directory("routers"), config.trustFile(), revoked());
    }

    /** Whom it believes to be another router. */
    PeerTrust peers() {
        try {
            return new PeerTrust(config.trustFile(), revoked());
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("whom to trust cannot be read", e);
        }
    }

    private void ensure(Path directory) {
        authority.ensure(directory, NAME, CertificateAuthority.Purpose.SERVER, config.names());
    }

    /** What its certificate for clients is signed by, for who joins. */
    String trust() {
        try {
            return Files.readString(config.certificate()
                    .map(RouterConfig.Certificate::chainFile)
                    .orElseGet(config::trustFile));
        } catch (IOException e) {
            throw new RouterException.Broken("the certificate cannot be read", e);
        }
    }

    /** Takes the steps that are due of the authority's renewal, and renews what is issued by it. */
    void renew() {
        authority.rotate();
        if (config.certificate().isEmpty()) {
            ensure(directory("server"));
        }
        if (config.database().isPresent()) {
            ensure(directory("routers"));
        }
    }
}
