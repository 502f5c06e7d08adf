package dev.croft.capsule.server;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/**
 * TLS 1.3 where a server is its Ed25519 key: it shows a certificate that it signed itself, and a client accepts the one key that it wants to
 * talk to, whatever the address. No authority and no name is involved.
 */
final class ServerTls {
    private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.112"));
    private static final Duration LIFETIME = Duration.ofDays(3650);
    // The key store lives in memory only; the JDK wants a password all the same.
    private static final char[] IN_MEMORY = "in-memory".toCharArray();

    private ServerTls() {}

    /** For a server with this key. */
    static SSLContext server(SigningKey key) {
        try {
            KeyStore identity = KeyStore.getInstance("PKCS12");
            identity.load(null, null);
            identity.setKeyEntry("server", privateKey(key), IN_MEMORY, new Certificate[] {certificate(key)});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(identity, IN_MEMORY);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), null, new SecureRandom());
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every Java platform has TLS 1.3 with Ed25519", e);
        }
    }

    /** For a client of the server with this key. */
    static SSLContext client(VerifyingKey server) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(null, new TrustManager[] {new OneKey(server)}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has TLS 1.3", e);
        }
    }

    private static PrivateKey privateKey(SigningKey key) throws GeneralSecurityException, IOException {
        var info = new PrivateKeyInfo(ED25519, new DEROctetString(key.secretSeed()));
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    }

    private static SubjectPublicKeyInfo publicKey(VerifyingKey key) {
        return new SubjectPublicKeyInfo(ED25519, key.encoded());
    }

    private static X509Certificate certificate(SigningKey key) throws GeneralSecurityException, IOException {
        var name = new X500Name("CN=" + key.verifyingKey());
        var generator = new V3TBSCertificateGenerator();
        generator.setSerialNumber(new ASN1Integer(new BigInteger(127, new SecureRandom()).setBit(126)));
        generator.setIssuer(name);
        generator.setSubject(name);
        generator.setSignature(ED25519);
        generator.setStartDate(new Time(Date.from(Instant.now().minus(Duration.ofDays(1)))));
        generator.setEndDate(new Time(Date.from(Instant.now().plus(LIFETIME))));
        generator.setSubjectPublicKeyInfo(publicKey(key.verifyingKey()));
        TBSCertificate body = generator.generateTBSCertificate();
        var whole = new ASN1EncodableVector();
        whole.add(body);
        whole.add(ED25519);
        whole.add(new DERBitString(key.sign(body.getEncoded("DER"))));
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(new DERSequence(whole).getEncoded("DER")));
    }

    /** Trusts whoever proves to have this key, and nobody else; the handshake itself checks the proof. */
    private static final class OneKey extends X509ExtendedTrustManager {
        private final byte[] wanted;

        OneKey(VerifyingKey key) {
            try {
                wanted = publicKey(key).getEncoded("DER");
            } catch (IOException e) {
                throw new IllegalStateException("a key can be encoded", e);
            }
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (chain.length == 0
                    || !MessageDigest.isEqual(chain[0].getPublicKey().getEncoded(), wanted)) {
                throw new CertificateException("this is another server than the one asked for");
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("clients prove who they are request by request");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("clients prove who they are request by request");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("clients prove who they are request by request");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
