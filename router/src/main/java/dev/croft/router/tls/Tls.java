package dev.croft.router.tls;

import dev.croft.router.RouterException;
import dev.croft.vault.api.PeerTrust;
import dev.croft.vault.api.RenewedKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts over identities and trust in files. A file that is renewed counts from the next handshake on, without a restart. */
public final class Tls {

    private Tls() {}

    /**
     * A context that shows the identity in these files and trusts only what is signed by the certificates in {@code trust}.
     *
     * @param trust a PEM file; {@code null} for a server that asks no client for a certificate
     */
    public static SSLContext context(Path certificateFile, Path keyFile, @Nullable Path trust) {
        return context(certificateFile, keyFile, trust, null, false, _ -> true);
    }

    /**
     * A context over a directory that {@link CertificateAuthority#ensure} keeps: its identity, trusting its authority but for what that
     * has revoked and for what an authority below it signed.
     */
    public static SSLContext context(Path directory) {
        return context(
                directory.resolve(Identity.CERTIFICATE_FILE),
                directory.resolve(Identity.KEY_FILE),
                directory.resolve(CertificateAuthority.TRUST_FILE),
                directory.resolve(PeerTrust.REVOKED),
                true,
                _ -> true);
    }

    /** As {@link #context(Path)}, with other files of whom to trust and what is revoked. */
    public static SSLContext contextTrusting(Path directory, Path trust, Path revoked) {
        return contextTrusting(directory, trust, revoked, _ -> true);
    }

    /** As the other, trusting of those only whose chain, their own certificate first, is {@code known}. */
    public static SSLContext contextTrusting(
            Path directory, Path trust, Path revoked, Predicate<X509Certificate[]> known) {
        return context(
                directory.resolve(Identity.CERTIFICATE_FILE),
                directory.resolve(Identity.KEY_FILE),
                trust,
                revoked,
                false,
                known);
    }

    /** A client's context without an identity, which trusts only what is signed by the certificates in this PEM file. */
    public static SSLContext trusting(Path trust) {
        try {
            return context(new KeyManager[0], new PeerTrust(trust, null));
        } catch (GeneralSecurityException | IOException e) {
            throw broken(e);
        }
    }

    private static SSLContext context(
            Path certificateFile,
            Path keyFile,
            @Nullable Path trust,
            @Nullable Path revoked,
            boolean direct,
            Predicate<X509Certificate[]> known) {
        try {
            RenewedKeys keys = new RenewedKeys(certificateFile, keyFile, () -> identity(certificateFile, keyFile));
            return context(
                    new KeyManager[] {keys}, trust == null ? null : new PeerTrust(trust, revoked, direct, known));
        } catch (GeneralSecurityException | IOException e) {
            throw broken(e);
        }
    }

    private static SSLContext context(KeyManager[] keys, @Nullable PeerTrust trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, trust == null ? new TrustManager[0] : new TrustManager[] {trust}, null);
        return context;
    }

    private static RouterException.Broken broken(Exception e) {
        return new RouterException.Broken("TLS cannot be set up", e);
    }

    private static RenewedKeys.Identity identity(Path certificateFile, Path keyFile) throws IOException {
        try {
            Identity identity = Identity.read(certificateFile, keyFile);
            return new RenewedKeys.Identity(identity.chain(), identity.key());
        } catch (RouterException.Broken e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Has a client begin each connection from now on with a whole handshake, so that what was revoked is not resumed. */
    public static void forgetSessions(SSLContext context) {
        var sessions = context.getClientSessionContext();
        for (byte[] id : Collections.list(sessions.getIds())) {
            SSLSession session = sessions.getSession(id);
            if (session != null) {
                session.invalidate();
            }
        }
    }
}
