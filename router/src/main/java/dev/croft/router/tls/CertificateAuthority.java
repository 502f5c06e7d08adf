package dev.croft.router.tls;

import dev.croft.router.RouterException;
import dev.croft.vault.api.PeerTrust;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Croft's own certificate authority: EC P-256, made on first start and kept in one directory ({@code key.pem} 0600,
 * {@code certificate.pem}, and {@code ca.pem} for clients to trust). It signs certificates for servers and clients of this
 * installation only, for {@link #LEAF_LIFETIME}, and the authorities of routers that join it, see {@link JoinedAuthority}. It renews itself, see {@link Roots}, and can revoke what it issued: a
 * directory that {@link #ensure} keeps has what to trust and what not to. Thread-safe.
 */
public final class CertificateAuthority {

    /** How long a certificate that it issues holds. */
    public static final Duration LEAF_LIFETIME = Duration.ofDays(30);

    /** The certificate to trust, alone in a file. */
    public static final String TRUST_FILE = "ca.pem";

    private static final Duration LIFETIME = Duration.ofDays(3650);
    private static final Duration BACKDATED = Duration.ofMinutes(5);
    private static final Pattern IP = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Roots roots;
    private final CertificateRecords records;
    private final Clock clock;
    private final Path trustFile;

    private CertificateAuthority(Path directory, Clock clock) throws IOException {
        this.clock = clock;
        this.trustFile = directory.resolve(TRUST_FILE);
        this.roots = new Roots(directory, clock, () -> root(clock.instant()));
        this.records = new CertificateRecords(directory, directory.resolve(PeerTrust.REVOKED), clock.instant());
    }

    /** What a certificate is for; the other side refuses it for anything else. */
    public enum Purpose {
        SERVER(KeyPurposeId.id_kp_serverAuth),
        CLIENT(KeyPurposeId.id_kp_clientAuth),
        /** The authority of a router that joined. */
        ROUTER(null);

        private final @Nullable KeyPurposeId id;

        Purpose(@Nullable KeyPurposeId id) {
            this.id = id;
        }
    }

    /** Opens the authority in this directory, or makes one there. */
    public static CertificateAuthority open(Path directory, Clock clock) {
        try {
            PrivateFiles.directory(directory);
            return new CertificateAuthority(directory, clock);
        } catch (IOException e) {
            throw new RouterException.Broken("the certificate authority cannot be opened", e);
        }
    }

    private static Identity root(Instant now) {
        try {
            KeyPair pair = newKey();
            X500Name name = new X500Name("CN=Croft development CA " + Long.toHexString(RANDOM.nextLong()) + ",O=Croft");
            JcaX509v3CertificateBuilder builder = builder(name, name, pair.getPublic(), now, now.plus(LIFETIME));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new Identity(pair.getPrivate(), List.of(sign(builder, pair.getPrivate())));
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("a certificate authority cannot be made", e);
        }
    }

    /** The certificate by which others are issued now. */
    public synchronized X509Certificate certificate() {
        return roots.issuing().certificate();
    }

    /** Whether no other signed it, so that it can let routers join. */
    public synchronized boolean isRoot() {
        return roots.issuing().chain().size() == 1;
    }

    /**
     * Signs the authority of a router that joins.
     *
     * @return its chain, the root last
     * @throws RouterException.Conflict when this is such an authority itself, or a root from before there were any
     */
    public synchronized List<X509Certificate> admit(String router, PublicKey key) {
        try {
            List<X509Certificate> chain = JoinedAuthority.sign(roots.issuing(), router, key, clock.instant());
            records.issued(chain.getFirst(), Purpose.ROUTER, routerName(router));
            return chain;
        } catch (IOException e) {
            throw new RouterException.Broken("what was issued cannot be recorded", e);
        }
    }

    /**
     * Whether this authority, of a router that joined, is signed by that root.
     */
    public synchronized boolean isBelow(X509Certificate root) {
        return !isRoot() && JoinedAuthority.isSignedBy(certificate(), root);
    }

    /**
     * Goes on with the same key under another root, which is in {@link #forClients} already.
     *
     * @param chain this authority's certificate and the root's
     * @throws RouterException.Invalid when that is not what it is
     */
    public synchronized void signedAnew(List<X509Certificate> chain) {
        try {
            if (isRoot()
                    || chain.size() != 2
                    || !chain.getFirst().getPublicKey().equals(certificate().getPublicKey())
                    || !chain.getFirst()
                            .getSubjectX500Principal()
                            .equals(certificate().getSubjectX500Principal())
                    || !JoinedAuthority.isSignedBy(chain.getFirst(), chain.getLast())
                    || !Identity.certificates(forClients()).contains(chain.getLast())) {
                throw new RouterException.Invalid("this is not this router's authority under a root that is trusted");
            }
            roots.signedAnew(new Identity(roots.issuing().key(), chain));
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("the certificate authority cannot be kept", e);
        }
    }

    /** What clients trust, as PEM: more than one certificate while the authority is being renewed. */
    public synchronized byte[] forClients() {
        try {
            return Files.readAllBytes(trustFile);
        } catch (IOException e) {
            throw new RouterException.Broken("what to trust cannot be read", e);
        }
    }

    /** What the parts that it issues for trust, as PEM: {@link #forClients}, but for a router that joined only its own authority. */
    public synchronized byte[] trusted() {
        try {
            return roots.pem();
        } catch (IOException e) {
            throw new RouterException.Broken("what to trust cannot be read", e);
        }
    }

    /**
     * Begins to renew the authority itself now; else it does so a year before its end. Everything is reissued after the overlap.
     *
     * @param serial of the authority's certificate, hexadecimal, so that what is asked twice is done once
     * @throws RouterException.NotFound when that is not the one that issues
     */
    public synchronized void renew(String serial) {
        if (!CertificateRecords.serial(certificate()).equals(serial)) {
            throw new RouterException.NotFound("authority");
        }
        try {
            roots.renew();
        } catch (IOException e) {
            throw new RouterException.Broken("the certificate authority cannot be renewed", e);
        }
    }

    /** Takes the steps of its renewal that are due; asked now and then. */
    public synchronized void rotate() {
        try {
            roots.rotate();
        } catch (IOException e) {
            throw new RouterException.Broken("the certificate authority cannot be renewed", e);
        }
    }

    /** What it issued and has not expired. */
    public List<IssuedCertificate> issued() {
        return records.list(clock.instant());
    }

    /**
     * Revokes a certificate. Whoever has a directory that {@link #ensure} keeps refuses it from the next time that is asked.
     *
     * @param serial hexadecimal
     * @throws RouterException.NotFound when there is none
     */
    public void revoke(String serial) {
        try {
            records.revoke(serial.toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            throw new RouterException.Broken("a certificate cannot be revoked", e);
        }
    }

    static String routerName(String router) {
        return "router " + router;
    }

    /** Revokes every authority that was signed for a router of that name. */
    public void revokeRouter(String name) {
        try {
            records.revokeRouter(name);
        } catch (IOException e) {
            throw new RouterException.Broken("a certificate cannot be revoked", e);
        }
    }

    /** The serial numbers of what is revoked, hexadecimal, one in a line. */
    public String revoked() {
        return CertificateRecords.lines(records.revoked());
    }

    /** From now on revoked is, too, what another authority says so of, in the form of {@link #revoked}. */
    public void revokedElsewhere(String list) {
        try {
            records.elsewhere(list);
        } catch (IOException e) {
            throw new RouterException.Broken("what is revoked cannot be kept", e);
        }
    }

    /** Revokes the certificate in a directory, if it is one of ours, and deletes it with its key: its holder is no more. */
    public void retire(Path directory) {
        try {
            if (Files.exists(directory.resolve(Identity.CERTIFICATE_FILE))) {
                records.revoke(
                        CertificateRecords.serial(Identity.read(directory).certificate()));
                Files.deleteIfExists(directory.resolve(Identity.KEY_FILE));
                Files.deleteIfExists(directory.resolve(Identity.CERTIFICATE_FILE));
            }
        } catch (RouterException.NotFound | RouterException.Broken e) {
            // Not of ours, or not readable: nobody can use it.
            return;
        } catch (IOException e) {
            throw new RouterException.Broken("a certificate cannot be revoked", e);
        }
    }

    /**
     * A new key and a certificate for it, valid for {@link #LEAF_LIFETIME} at most.
     *
     * @param name the common name, for people
     * @param hosts DNS names and IP addresses it may serve at; none for a client
     */
    public synchronized Identity issue(String name, Purpose purpose, Collection<String> hosts) {
        try {
            KeyPair pair = newKey();
            Instant now = clock.instant();
            Instant end = now.plus(LEAF_LIFETIME);
            Instant last = certificate().getNotAfter().toInstant();
            X500Name issuer =
                    X500Name.getInstance(certificate().getSubjectX500Principal().getEncoded());
            X500Name subject = new X500NameBuilder().addRDN(BCStyle.CN, name).build();
            JcaX509v3CertificateBuilder builder =
                    builder(issuer, subject, pair.getPublic(), now, end.isBefore(last) ? end : last);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, true, new ExtendedKeyUsage(Objects.requireNonNull(purpose.id)));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate()));
            if (!hosts.isEmpty()) {
                GeneralName[] names = hosts.stream()
                        .map(host -> new GeneralName(
                                IP.matcher(host).matches() ? GeneralName.iPAddress : GeneralName.dNSName, host))
                        .toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            X509Certificate leaf = sign(builder, roots.issuing().key());
            records.issued(leaf, purpose, name);
            List<X509Certificate> chain = new ArrayList<>(roots.issuing().chain());
            chain.addFirst(leaf);
            return new Identity(pair.getPrivate(), chain);
        } catch (IOException | GeneralSecurityException e) {
            throw new RouterException.Broken("a certificate cannot be issued", e);
        }
    }

    /**
     * The identity kept in a directory, issued anew when there is none, when less than a third of its life is left, when it was revoked, or when it
     * is of another authority; with whom to trust and what is revoked, as of now.
     *
     * @return whether it was issued now
     */
    public boolean ensure(Path directory, String name, Purpose purpose, Collection<String> hosts) {
        try {
            PrivateFiles.directory(directory);
            keep(directory.resolve(TRUST_FILE), trusted());
            keepRevoked(directory.resolve(PeerTrust.REVOKED));
            if (Files.exists(directory.resolve(Identity.CERTIFICATE_FILE)) && isFresh(directory)) {
                return false;
            }
            issue(name, purpose, hosts).write(directory);
            return true;
        } catch (IOException e) {
            throw new RouterException.Broken("a certificate cannot be kept", e);
        }
    }

    private void keepRevoked(Path file) throws IOException {
        String text = revoked();
        if (!text.isEmpty() || Files.exists(file)) {
            keep(file, text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void keep(Path file, byte[] content) throws IOException {
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
            PrivateFiles.write(file, content);
        }
    }

    private boolean isFresh(Path directory) {
        try {
            List<X509Certificate> chain = Identity.read(directory).chain();
            X509Certificate kept = chain.getFirst();
            kept.verify(certificate().getPublicKey());
            if (!chain.contains(certificate())) {
                // The same key, signed anew.
                return false;
            }
            Instant renew = kept.getNotAfter().toInstant().minus(LEAF_LIFETIME.dividedBy(3));
            return clock.instant().isBefore(renew) && !records.isRevoked(kept);
        } catch (RouterException.Broken | GeneralSecurityException e) {
            return false;
        }
    }

    static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
        return generator.generateKeyPair();
    }

    static JcaX509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant end)
            throws CertIOException, GeneralSecurityException {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, RANDOM).setBit(126),
                Date.from(now.minus(BACKDATED)),
                Date.from(end),
                subject,
                key);
        builder.addExtension(
                Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
        return builder;
    }

    static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key) throws GeneralSecurityException {
        try {
            ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }
}
