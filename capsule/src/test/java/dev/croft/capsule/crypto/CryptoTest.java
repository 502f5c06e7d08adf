package dev.croft.capsule.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CryptoTest {
    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** RFC 8032, 7.1, tests 1 to 3. */
    @ParameterizedTest
    @EnumSource(Ed25519.class)
    void bothEnginesAgreeWithRfc8032(Ed25519 engine) {
        String[][] vectors = {
            {
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            },
            {
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            },
            {
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            }
        };
        for (String[] vector : vectors) {
            SigningKey key = SigningKey.ofSeed(hex(vector[0]), engine);
            byte[] message = hex(vector[2]);
            assertThat(key.verifyingKey()).hasToString(vector[1]);
            assertThat(key.sign(message)).isEqualTo(hex(vector[3]));
            VerifyingKey checker = VerifyingKey.of(hex(vector[1]), engine);
            assertThat(checker.verify(message, hex(vector[3]))).isTrue();
            for (int bit = 0; bit < 512; bit++) {
                byte[] bad = hex(vector[3]);
                bad[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(checker.verify(message, bad)).isFalse();
            }
            assertThat(checker.verify(message, new byte[63])).isFalse();
            assertThat(checker.verify(ascii("other"), hex(vector[3]))).isFalse();
        }
    }

    @Test
    void theNativeEngineIsTheOneInUseHere() {
        assertThat(Ed25519.fastest()).isEqualTo(Ed25519.CONSCRYPT);
    }

    @Test
    void aPointOffTheCurveVerifiesNothing() {
        byte[] off = new byte[32];
        Arrays.fill(off, (byte) 0xff);
        assertThat(VerifyingKey.of(off).verify(new byte[0], new byte[64])).isFalse();
        assertThat(VerifyingKey.of(off, Ed25519.BOUNCY_CASTLE).verify(new byte[0], new byte[64]))
                .isFalse();
    }

    /** RFC 9180, A.1.1: the same library and key schedule, with the AEAD the RFC's appendix has for this KEM. */
    @Test
    void theLibraryAgreesWithRfc9180() throws Exception {
        HPKE suite = new HPKE(HPKE.mode_base, HPKE.kem_X25519_SHA256, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM128);
        byte[] info = hex("4f6465206f6e2061204772656369616e2055726e");
        byte[] enc = hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
        var secret =
                new X25519PrivateKeyParameters(hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"));
        var receiver = new AsymmetricCipherKeyPair(secret.generatePublicKey(), secret);
        byte[] plain = suite.setupBaseR(enc, receiver, info)
                .open(
                        hex("436f756e742d30"),
                        hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
                                + "6d8770ac83d07bea87e13c512a"));
        assertThat(plain).isEqualTo(hex("4265617574792069732074727574682c20747275746820626561757479"));
        assertThat(((X25519PublicKeyParameters) secret.generatePublicKey()).getEncoded())
                .isEqualTo(hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"));
    }

    @Test
    void ourSuiteAgreesWithAnIndependentReadingOfRfc9180() throws Exception {
        ReaderKey reader = ReaderKey.generate();
        byte[] sealed = Hpke.seal(reader.publicKey(), ascii("info"), ascii("aad"), ascii("a data key"));
        assertThat(Rfc9180.open(reader, ascii("info"), ascii("aad"), sealed)).isEqualTo(ascii("a data key"));
    }

    @Test
    void aSealedMessageOpensOnlyWithItsKeyInfoAndAssociatedData() {
        ReaderKey reader = ReaderKey.generate();
        byte[] sealed = Hpke.seal(reader.publicKey(), ascii("info"), ascii("aad"), ascii("message"));
        assertThat(sealed).hasSize(7 + Hpke.OVERHEAD);
        assertThat(Hpke.open(reader, ascii("info"), ascii("aad"), sealed)).isEqualTo(ascii("message"));
        assertThatThrownBy(() -> Hpke.open(ReaderKey.generate(), ascii("info"), ascii("aad"), sealed))
                .isInstanceOf(Hpke.OpenFailed.class);
        assertThatThrownBy(() -> Hpke.open(reader, ascii("other"), ascii("aad"), sealed))
                .isInstanceOf(Hpke.OpenFailed.class);
        assertThatThrownBy(() -> Hpke.open(reader, ascii("info"), ascii("other"), sealed))
                .isInstanceOf(Hpke.OpenFailed.class);
        for (int at = 0; at < sealed.length; at++) {
            byte[] bad = sealed.clone();
            bad[at] ^= 1;
            assertThatThrownBy(() -> Hpke.open(reader, ascii("info"), ascii("aad"), bad))
                    .isInstanceOf(Hpke.OpenFailed.class);
        }
        for (int length = 0; length < sealed.length; length++) {
            byte[] cut = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> Hpke.open(reader, ascii("info"), ascii("aad"), cut))
                    .isInstanceOf(Hpke.OpenFailed.class);
        }
    }

    @Test
    void sealingToALowOrderPointIsRefused() {
        assertThatThrownBy(() -> Hpke.seal(ReaderPublicKey.of(new byte[32]), new byte[0], new byte[0], new byte[1]))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void secretsAreNotPrinted() {
        SigningKey signing = SigningKey.generate();
        ReaderKey reader = ReaderKey.generate();
        assertThat(signing.toString()).doesNotContain(HexFormat.of().formatHex(signing.secretSeed()));
        assertThat(reader.toString()).doesNotContain(HexFormat.of().formatHex(reader.secretScalar()));
    }
}
