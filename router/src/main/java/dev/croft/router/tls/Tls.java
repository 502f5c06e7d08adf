package dev.croft.router.tls;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts over identities in files. A renewed file is used from the next handshake on, without a restart. */
public final class Tls {

    private Tls() {}

    /**
     * A context that shows the identity in these files and trusts only what is signed by the certificates in {@code trust}.
     *
     * @param trust a PEM file; {@code null} for a server that asks no client for a certificate
     */
    public static SSLContext context(Path certificateFile, Path keyFile, @Nullable Path trust) {
        return context(new KeyManager[] {new Reloading(new Watched(certificateFile, keyFile))}, trust);
    }

    /** A context over a directory that {@link CertificateAuthority#ensure} keeps: its identity, trusting its authority. */
    public static SSLContext context(Path directory) {
        return context(
                directory.resolve(Identity.CERTIFICATE_FILE),
                directory.resolve(Identity.KEY_FILE),
                directory.resolve(CertificateAuthority.TRUST_FILE));
    }

    /** A client's context without an identity, which trusts only what is signed by the certificates in this PEM file. */
    public static SSLContext trusting(Path trust) {
        return context(new KeyManager[0], trust);
    }

    private static SSLContext context(KeyManager[] keys, @Nullable Path trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys, trust == null ? new TrustManager[0] : trustManagers(trust), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new RouterException.Broken("TLS cannot be set up", e);
        }
    }

    private static TrustManager[] trustManagers(Path file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        List<X509Certificate> certificates = Identity.certificates(Files.readAllBytes(file));
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("trust-" + i, certificates.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** The identity in two files, read again when the certificate file has changed. */
    private static final class Watched implements Supplier<Identity> {
        private final Path certificateFile;
        private final Path keyFile;
        private Identity current;
        private FileTime read;

        Watched(Path certificateFile, Path keyFile) {
            this.certificateFile = certificateFile;
            this.keyFile = keyFile;
            this.read = modified();
            this.current = Identity.read(certificateFile, keyFile);
        }

        private FileTime modified() {
            try {
                return Files.getLastModifiedTime(certificateFile);
            } catch (IOException e) {
                throw new RouterException.Broken("the certificate file is gone", e);
            }
        }

        @Override
        public synchronized Identity get() {
            try {
                FileTime now = modified();
                if (!now.equals(read)) {
                    current = Identity.read(certificateFile, keyFile);
                    read = now;
                }
            } catch (RouterException.Broken e) {
                // Between the two files' replacement they do not fit: the old identity serves until they do.
                return current;
            }
            return current;
        }
    }

    private static final class Reloading extends X509ExtendedKeyManager {
        private static final String ALIAS = "croft";
        private final Supplier<Identity> identity;

        Reloading(Supplier<Identity> identity) {
            this.identity = identity;
        }

        private boolean fits(String keyType) {
            return keyType.startsWith(
                            identity.get().certificate().getPublicKey().getAlgorithm())
                    || keyType.equals("EdDSA")
                            && identity.get().key().getAlgorithm().startsWith("Ed");
        }

        private @Nullable String choose(String... keyTypes) {
            for (String keyType : keyTypes) {
                if (fits(keyType)) {
                    return ALIAS;
                }
            }
            return null;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return fits(keyType) ? new String[] {ALIAS} : null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return choose(keyTypes);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return choose(keyTypes);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return fits(keyType) ? new String[] {ALIAS} : null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return choose(keyType);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return choose(keyType);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return identity.get().chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.get().key();
        }
    }
}
