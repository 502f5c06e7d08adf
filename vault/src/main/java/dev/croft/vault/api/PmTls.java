package dev.croft.vault.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Mutual TLS between the parts of one installation, from PEM files in a directory that only its owner may enter: {@code certificate.pem}
 * (chain, leaf first), {@code key.pem} (PKCS #8; EC, Ed25519 or RSA), {@code ca.pem} (whose certificates are trusted) and {@code revoked} (which of them are not, see
 * {@link PeerTrust}). What is renewed or revoked counts from the next handshake on.
 */
public final class PmTls {
    static final String CERTIFICATE = "certificate.pem";
    static final String KEY = "key.pem";

    private static final String AUTHORITY = "ca.pem";
    private static final List<String> ALGORITHMS = List.of("EC", "Ed25519", "RSA");

    private PmTls() {}

    /** A context with the identity and the trust of the files in {@code directory}, for servers and clients alike. */
    public static SSLContext context(Path directory) throws IOException {
        return context(directory, trust(directory));
    }

    /** The same with its trust, which says of peers of connections that last whether they are trusted still. */
    public static SSLContext context(Path directory, PeerTrust trust) throws IOException {
        try {
            var keys =
                    new RenewedKeys(directory.resolve(CERTIFICATE), directory.resolve(KEY), () -> identity(directory));
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw unusable(directory, e);
        }
    }

    /** Whom the files in {@code directory} trust: what {@code ca.pem} signed itself, without {@code revoked}. */
    public static PeerTrust trust(Path directory) throws IOException {
        try {
            return new PeerTrust(directory.resolve(AUTHORITY), directory.resolve(PeerTrust.REVOKED), true);
        } catch (GeneralSecurityException e) {
            throw unusable(directory, e);
        }
    }

    private static IOException unusable(Path directory, GeneralSecurityException e) {
        return new IOException("TLS files in " + directory + " cannot be used: " + e.getMessage(), e);
    }

    private static RenewedKeys.Identity identity(Path directory) throws IOException, GeneralSecurityException {
        return new RenewedKeys.Identity(
                certificates(directory.resolve(CERTIFICATE)), privateKey(directory.resolve(KEY)));
    }

    private static List<X509Certificate> certificates(Path pem) throws IOException, GeneralSecurityException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Certificate certificate : CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(pem)))) {
            certificates.add((X509Certificate) certificate);
        }
        if (certificates.isEmpty()) {
            throw new IOException("no certificate in " + pem);
        }
        return List.copyOf(certificates);
    }

    private static PrivateKey privateKey(Path pem) throws IOException, GeneralSecurityException {
        String text = Files.readString(pem, StandardCharsets.US_ASCII);
        String begin = "-----BEGIN PRIVATE KEY-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END PRIVATE KEY-----");
        if (from < 0 || to < from) {
            throw new IOException("no PKCS #8 private key in " + pem);
        }
        byte[] der = Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException another) {
                continue;
            }
        }
        throw new IOException("the private key in " + pem + " is of none of " + ALGORITHMS);
    }
}
