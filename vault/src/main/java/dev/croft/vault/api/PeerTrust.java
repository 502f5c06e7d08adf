package dev.croft.vault.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which peers are trusted: those with a certificate of an authority in one PEM file, but for the certificates whose serial numbers, hexadecimal and one in a
 * line, are in another file beside it. Both are read again when they have changed, so an authority that is added or a
 * certificate that is revoked counts from the next handshake on, without a restart. While the second file cannot be understood, nobody is trusted.
 * Thread-safe.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    /** The file of revoked serial numbers in a directory of TLS files; absent: none. */
    public static final String REVOKED = "revoked";

    private static final long MOST = 16 << 20;

    private final Path authorities;
    private final @Nullable Path revoked;
    private final boolean direct;
    private final Predicate<X509Certificate[]> known;
    private volatile Generation current;

    private record Generation(List<Object> stamps, X509ExtendedTrustManager manager, Set<BigInteger> revoked) {}

    /** @param revoked {@code null}: nothing is revoked, as for an authority that is not ours */
    public PeerTrust(Path authorities, @Nullable Path revoked) throws IOException, GeneralSecurityException {
        this(authorities, revoked, false);
    }

    /**
     * As the other.
     *
     * @param direct whether only what these authorities signed themselves is trusted, and nothing of an authority below them: the parts of one
     *     router know each other, and not those of a router that joined it
     */
    public PeerTrust(Path authorities, @Nullable Path revoked, boolean direct)
            throws IOException, GeneralSecurityException {
        this(authorities, revoked, direct, _ -> true);
    }

    /**
     * As the other, for who is known by more than the authority.
     *
     * @param known whether a chain, the peer's own certificate first, is the one to be talked to; asked after all else, in each handshake
     */
    public PeerTrust(Path authorities, @Nullable Path revoked, boolean direct, Predicate<X509Certificate[]> known)
            throws IOException, GeneralSecurityException {
        this.direct = direct;
        this.known = known;
        this.authorities = authorities;
        this.revoked = revoked;
        this.current = load();
    }

    private List<Object> stamps() throws IOException {
        return revoked == null ? List.of(stamp(authorities)) : List.of(stamp(authorities), stamp(revoked));
    }

    private static Object stamp(Path file) throws IOException {
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            return List.of(modified, Files.size(file));
        } catch (NoSuchFileException e) {
            return "absent";
        }
    }

    private Generation load() throws IOException, GeneralSecurityException {
        List<Object> stamps = stamps();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int n = 0;
        for (Certificate certificate : CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(bounded(authorities)))) {
            store.setCertificateEntry("authority-" + n++, certificate);
        }
        if (n == 0) {
            throw new IOException("no certificate in " + authorities);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return new Generation(stamps, extended, serials());
            }
        }
        throw new GeneralSecurityException("no trust manager");
    }

    private static byte[] bounded(Path file) throws IOException {
        if (Files.size(file) > MOST) {
            throw new IOException(file + " is too long");
        }
        return Files.readAllBytes(file);
    }

    private Set<BigInteger> serials() throws IOException {
        var serials = new HashSet<BigInteger>();
        if (revoked == null) {
            return serials;
        }
        try {
            for (String line : new String(bounded(revoked), StandardCharsets.US_ASCII).split("\n", -1)) {
                if (!line.isBlank()) {
                    serials.add(new BigInteger(line.strip(), 16));
                }
            }
        } catch (NoSuchFileException e) {
            return serials;
        } catch (NumberFormatException e) {
            throw new IOException("what is revoked cannot be understood: " + revoked, e);
        }
        return serials;
    }

    private synchronized Generation newest() throws CertificateException {
        try {
            if (!stamps().equals(current.stamps)) {
                current = load();
            }
            return current;
        } catch (IOException | GeneralSecurityException e) {
            throw new CertificateException("whom to trust cannot be read", e);
        }
    }

    /** Whether a certificate that was accepted in a handshake would be accepted no more, because it was revoked since. */
    public boolean isRevoked(X509Certificate certificate) {
        try {
            return newest().revoked.contains(certificate.getSerialNumber());
        } catch (CertificateException e) {
            return true;
        }
    }

    private void requireOurs(Generation now, X509Certificate[] chain) throws CertificateException {
        for (X509Certificate certificate : chain) {
            if (now.revoked.contains(certificate.getSerialNumber())) {
                throw new CertificateException(
                        "the certificate " + certificate.getSerialNumber().toString(16) + " was revoked");
            }
        }
        if (direct && Stream.of(now.manager.getAcceptedIssuers()).noneMatch(issuer -> isSignedBy(chain[0], issuer))) {
            throw new CertificateException("the certificate is of another authority below ours");
        }
        if (!known.test(chain)) {
            throw new CertificateException("the certificate is not of the one to be talked to");
        }
    }

    private static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        Generation now = newest();
        now.manager.checkClientTrusted(chain, type, socket);
        requireOurs(now, chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        Generation now = newest();
        now.manager.checkServerTrusted(chain, type, socket);
        requireOurs(now, chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        Generation now = newest();
        now.manager.checkClientTrusted(chain, type, engine);
        requireOurs(now, chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        Generation now = newest();
        now.manager.checkServerTrusted(chain, type, engine);
        requireOurs(now, chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        Generation now = newest();
        now.manager.checkClientTrusted(chain, type);
        requireOurs(now, chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        Generation now = newest();
        now.manager.checkServerTrusted(chain, type);
        requireOurs(now, chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return current.manager.getAcceptedIssuers();
    }
}
