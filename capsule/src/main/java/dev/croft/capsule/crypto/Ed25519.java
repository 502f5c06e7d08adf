package dev.croft.capsule.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.conscrypt.Conscrypt;

/**
 * Ed25519 (RFC 8032) by the fastest engine at hand: Conscrypt (BoringSSL) where its native library loads, else
 * BouncyCastle. The JDK's own provider signs some forty times slower than Conscrypt and is not used.
 */
enum Ed25519 {
    CONSCRYPT {
        @Override
        Signer signer(byte[] seed) {
            try {
                PrivateKey key = keyFactory().generatePrivate(new PKCS8EncodedKeySpec(concat(PKCS8_PREFIX, seed)));
                return message -> {
                    try {
                        Signature signature = Signature.getInstance("Ed25519", PROVIDER.orElseThrow());
                        signature.initSign(key);
                        signature.update(message);
                        return signature.sign();
                    } catch (GeneralSecurityException e) {
                        throw new IllegalStateException("Ed25519 signing failed", e);
                    }
                };
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Ed25519 key was refused", e);
            }
        }

        @Override
        Checker checker(byte[] publicKey) {
            try {
                PublicKey key = keyFactory().generatePublic(new X509EncodedKeySpec(concat(X509_PREFIX, publicKey)));
                return (message, signed) -> {
                    try {
                        Signature signature = Signature.getInstance("Ed25519", PROVIDER.orElseThrow());
                        signature.initVerify(key);
                        signature.update(message);
                        return signature.verify(signed);
                    } catch (GeneralSecurityException e) {
                        return false;
                    }
                };
            } catch (GeneralSecurityException e) {
                return (message, signed) -> false;
            }
        }
    },
    BOUNCY_CASTLE {
        @Override
        Signer signer(byte[] seed) {
            var key = new Ed25519PrivateKeyParameters(seed);
            return message -> {
                var signer = new Ed25519Signer();
                signer.init(true, key);
                signer.update(message, 0, message.length);
                return signer.generateSignature();
            };
        }

        @Override
        Checker checker(byte[] publicKey) {
            Ed25519PublicKeyParameters key;
            try {
                key = new Ed25519PublicKeyParameters(publicKey);
            } catch (IllegalArgumentException notOnTheCurve) {
                return (message, signed) -> false;
            }
            return (message, signed) -> {
                var signer = new Ed25519Signer();
                signer.init(false, key);
                signer.update(message, 0, message.length);
                return signer.verifySignature(signed);
            };
        }
    };

    private static final byte[] PKCS8_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final Optional<Provider> PROVIDER = conscrypt();

    /** A key ready to sign; thread-safe. */
    @FunctionalInterface
    interface Signer {
        byte[] sign(byte[] message);
    }

    /** A key ready to check signatures of exactly 64 bytes; thread-safe. */
    @FunctionalInterface
    interface Checker {
        boolean verify(byte[] message, byte[] signature);
    }

    abstract Signer signer(byte[] seed);

    abstract Checker checker(byte[] publicKey);

    static Ed25519 fastest() {
        return PROVIDER.isPresent() ? CONSCRYPT : BOUNCY_CASTLE;
    }

    static byte[] publicKey(byte[] seed) {
        return new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
    }

    private static KeyFactory keyFactory() throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519", PROVIDER.orElseThrow());
    }

    private static Optional<Provider> conscrypt() {
        try {
            Provider provider = Conscrypt.newProvider();
            KeyFactory.getInstance("Ed25519", provider);
            Signature.getInstance("Ed25519", provider);
            return Optional.of(provider);
        } catch (GeneralSecurityException | LinkageError | RuntimeException noNativeLibrary) {
            return Optional.empty();
        }
    }

    private static byte[] concat(byte[] head, byte[] tail) {
        byte[] whole = new byte[head.length + tail.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(tail, 0, whole, head.length, tail.length);
        return whole;
    }
}
