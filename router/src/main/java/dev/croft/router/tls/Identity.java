package dev.croft.router.tls;

import dev.croft.router.RouterException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A private key and the certificate chain for it, leaf first. The files are PEM: {@code key.pem} (PKCS #8) and
 * {@code certificate.pem} (the chain).
 */
public record Identity(PrivateKey key, List<X509Certificate> chain) {

    /** The names of the two files within a directory. */
    public static final String KEY_FILE = "key.pem";

    public static final String CERTIFICATE_FILE = "certificate.pem";

    /** Refuses an empty chain and a key that is not the leaf's. */
    public Identity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("no certificate");
        }
        requirePair(key, chain.getFirst());
    }

    /** The certificate for {@link #key}. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /**
     * Reads an identity from two PEM files.
     *
     * @throws RouterException.Broken when they cannot be read, or do not belong together
     */
    public static Identity read(Path certificateFile, Path keyFile) {
        try {
            PrivateKey key = privateKey(Files.readString(keyFile, StandardCharsets.US_ASCII));
            return new Identity(key, certificates(Files.readAllBytes(certificateFile)));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new RouterException.Broken("the certificate or its key cannot be read", e);
        }
    }

    /** Reads an identity that {@link #write} wrote. */
    public static Identity read(Path directory) {
        return read(directory.resolve(CERTIFICATE_FILE), directory.resolve(KEY_FILE));
    }

    /** Writes both files, 0600, in the directory, made 0700. */
    public void write(Path directory) throws IOException {
        PrivateFiles.directory(directory);
        StringBuilder certificates = new StringBuilder();
        for (X509Certificate certificate : chain) {
            certificates.append(pem(certificate));
        }
        // The certificate last: it is what readers watch.
        PrivateFiles.write(
                directory.resolve(KEY_FILE),
                pem("PRIVATE KEY", key.getEncoded()).getBytes(StandardCharsets.US_ASCII));
        PrivateFiles.write(
                directory.resolve(CERTIFICATE_FILE), certificates.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** A certificate as PEM. */
    public static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new RouterException.Broken("a certificate cannot be encoded", e);
        }
    }

    private static String pem(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    /** The certificates in a PEM file, in their order. */
    public static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                .map(X509Certificate.class::cast)
                .toList();
    }

    private static PrivateKey privateKey(String pem) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                switch (part) {
                    case PrivateKeyInfo info -> {
                        return new JcaPEMKeyConverter().getPrivateKey(info);
                    }
                    case PEMKeyPair pair -> {
                        return new JcaPEMKeyConverter().getKeyPair(pair).getPrivate();
                    }
                    default -> {
                        // EC PARAMETERS may stand before the key
                    }
                }
            }
        }
        throw new IllegalArgumentException("no private key in the file");
    }

    private static void requirePair(PrivateKey key, X509Certificate certificate) {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC", "ECDSA" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> "Ed25519";
        };
        try {
            byte[] probe = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(probe);
            byte[] signature = signer.sign();
            signer.initVerify(certificate.getPublicKey());
            signer.update(probe);
            if (!signer.verify(signature)) {
                throw new IllegalArgumentException("the key is not the certificate's");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the key is not the certificate's", e);
        }
    }

    @Override
    public String toString() {
        return "Identity[" + certificate().getSubjectX500Principal() + "]";
    }
}
