package dev.croft.router.tls;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/**
 * The authority of a router that joined: an intermediate of the first router's, by which it issues to the parts on its own machine. It may
 * sign servers and clients and no authorities. Clients go on trusting the one root.
 */
public final class JoinedAuthority {

    private JoinedAuthority() {}

    /** A key for one. */
    public static KeyPair newKey() {
        try {
            return CertificateAuthority.newKey();
        } catch (GeneralSecurityException e) {
            throw new RouterException.Broken("a key cannot be made", e);
        }
    }

    static List<X509Certificate> sign(Identity root, String router, PublicKey key, Instant now) {
        X509Certificate by = root.certificate();
        if (root.chain().size() > 1 || by.getBasicConstraints() < 1) {
            throw new RouterException.Conflict("this router's authority does not sign others: ask the first router");
        }
        try {
            X500Name subject = new X500NameBuilder()
                    .addRDN(BCStyle.CN, "Croft router " + router)
                    .addRDN(BCStyle.O, "Croft")
                    .build();
            JcaX509v3CertificateBuilder builder = CertificateAuthority.builder(
                    X500Name.getInstance(by.getSubjectX500Principal().getEncoded()),
                    subject,
                    key,
                    now,
                    by.getNotAfter().toInstant());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(by));
            return List.of(CertificateAuthority.sign(builder, root.key()), by);
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("an authority cannot be signed", e);
        }
    }

    /**
     * Keeps one in this directory, where {@link CertificateAuthority#open} finds it.
     *
     * @param chain the root last
     * @param trust what clients trust, PEM
     */
    public static void keep(Path directory, PrivateKey key, List<X509Certificate> chain, byte[] trust) {
        try {
            PrivateFiles.directory(directory);
            PrivateFiles.write(directory.resolve(CertificateAuthority.TRUST_FILE), trust);
            new Identity(key, chain).write(directory);
        } catch (IOException e) {
            throw new RouterException.Broken("the certificate authority cannot be kept", e);
        }
    }

    /** SHA-256 of an authority's public key as X.509 encodes it, hexadecimal: the same when the key is signed anew. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            byte[] key = certificate.getPublicKey().getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * {@link #fingerprint} of the authority that signed the first certificate of a chain, which is how routers know each other; nothing if
     * the second one is not its certificate.
     */
    public static Optional<String> signer(X509Certificate[] chain) {
        return chain.length > 1 && isSignedBy(chain[0], chain[1])
                ? Optional.of(fingerprint(chain[1]))
                : Optional.empty();
    }

    /** Whether the authority in this directory is signed by one of these roots; not, when it cannot be read. */
    public static boolean isSignedByOneOf(List<X509Certificate> roots, Path directory) {
        try {
            X509Certificate kept = Identity.read(directory).certificate();
            return roots.stream().anyMatch(root -> isSignedBy(kept, root));
        } catch (RouterException.Broken e) {
            return false;
        }
    }

    static boolean isSignedBy(X509Certificate certificate, X509Certificate root) {
        try {
            certificate.verify(root.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** What a joined router's clients trust from now on, as the first router says. */
    public static void trust(Path file, byte[] pem) {
        try {
            if (Identity.certificates(pem).isEmpty()) {
                throw new GeneralSecurityException("no certificate");
            }
            if (!Arrays.equals(Files.readAllBytes(file), pem)) {
                PrivateFiles.write(file, pem);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("what to trust cannot be kept", e);
        }
    }
}
