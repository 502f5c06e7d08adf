package dev.croft.capsule.crypto;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** Opening in base mode written down from the RFC's own steps, to compare the library with. */
final class Rfc9180 {
    private static final byte[] KEM = join("KEM".getBytes(StandardCharsets.US_ASCII), new byte[] {0, 0x20});
    private static final byte[] SUITE =
            join("HPKE".getBytes(StandardCharsets.US_ASCII), new byte[] {0, 0x20, 0, 1, 0, 2});

    private Rfc9180() {}

    static byte[] open(ReaderKey reader, byte[] info, byte[] aad, byte[] sealed) throws GeneralSecurityException {
        byte[] enc = Arrays.copyOf(sealed, 32);
        byte[] dh = new byte[32];
        X25519.calculateAgreement(reader.secretScalar(), 0, enc, 0, dh, 0);
        byte[] eaePrk = extract(KEM, new byte[0], "eae_prk", dh);
        byte[] shared = expand(
                KEM, eaePrk, "shared_secret", join(enc, reader.publicKey().encoded()), 32);
        byte[] context = join(
                new byte[] {0},
                extract(SUITE, new byte[0], "psk_id_hash", new byte[0]),
                extract(SUITE, new byte[0], "info_hash", info));
        byte[] secret = extract(SUITE, shared, "secret", new byte[0]);
        byte[] key = expand(SUITE, secret, "key", context, 32);
        byte[] nonce = expand(SUITE, secret, "base_nonce", context, 12);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad);
        return cipher.doFinal(sealed, 32, sealed.length - 32);
    }

    private static byte[] extract(byte[] suite, byte[] salt, String label, byte[] ikm) throws GeneralSecurityException {
        return hmac(salt.length == 0 ? new byte[32] : salt, join(version(), suite, bytes(label), ikm));
    }

    private static byte[] expand(byte[] suite, byte[] prk, String label, byte[] info, int length)
            throws GeneralSecurityException {
        byte[] labeled = join(new byte[] {0, (byte) length}, version(), suite, bytes(label), info);
        return Arrays.copyOf(hmac(prk, join(labeled, new byte[] {1})), length);
    }

    private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    private static byte[] version() {
        return bytes("HPKE-v1");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
