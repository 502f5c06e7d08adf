package dev.croft.vault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.KeyFileException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnerKeyTest {
    private static final char[] PASSPHRASE = "correct horse battery staple".toCharArray();

    @TempDir
    Path directory;

    @Test
    void theSameSecretGivesTheSameKeysAndEveryPurposeAnother() {
        byte[] root = HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2));
        OwnerKey one = OwnerKey.of(root);
        OwnerKey two = OwnerKey.of(root);
        assertThat(one.cloudId()).isEqualTo(two.cloudId()).matches("[0-9a-f]{32}");
        assertThat(one.publicKey()).isEqualTo(two.publicKey());
        assertThat(List.of(
                        HexFormat.of().formatHex(one.checkValue()),
                        HexFormat.of().formatHex(one.viewKey()),
                        one.readerKey().publicKey().toString(),
                        one.writerKey("data").verifyingKey().toString(),
                        one.writerKey("audit").verifyingKey().toString(),
                        one.publicKey().toString()))
                .doesNotHaveDuplicates();
    }

    @Test
    void theKeyNeverShowsItself() {
        OwnerKey key = OwnerKey.generate();
        byte[] secret = key.secretBytes();
        assertThat(key.toString())
                .doesNotContain(HexFormat.of().formatHex(secret))
                .doesNotContain(Base64Url.encode(secret))
                .contains(key.cloudId());
    }

    @Test
    void aDestroyedKeyGivesNothingAway() {
        OwnerKey key = OwnerKey.generate();
        key.destroy();
        assertThat(key.isDestroyed()).isTrue();
        assertThatThrownBy(key::secretBytes).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aKeyFileIsForItsOwnerAlone() throws IOException {
        OwnerKey key = OwnerKey.generate();
        Path file = directory.resolve("key");
        key.save(file, null);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(OwnerKey.load(file, null).cloudId()).isEqualTo(key.cloudId());
        refuses(Reason.EXISTS, () -> key.save(file, null));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        refuses(Reason.OPEN_TO_OTHERS, () -> OwnerKey.load(file, null));
    }

    @Test
    void aSealedKeyFileOpensWithItsPassphraseOnly() throws IOException {
        OwnerKey key = OwnerKey.generate();
        Path file = directory.resolve("sealed");
        key.save(file, PASSPHRASE);
        assertThat(OwnerKey.load(file, PASSPHRASE).cloudId()).isEqualTo(key.cloudId());
        assertThat(Files.readString(file)).doesNotContain(Base64Url.encode(key.secretBytes()));
        refuses(Reason.PASSPHRASE_NEEDED, () -> OwnerKey.load(file, null));
        refuses(Reason.WRONG_PASSPHRASE, () -> OwnerKey.load(file, "wrong".toCharArray()));
        String other = Files.readString(file).replace(key.cloudId(), "0".repeat(32));
        Files.writeString(file, other);
        refuses(Reason.WRONG_PASSPHRASE, () -> OwnerKey.load(file, PASSPHRASE));
        Files.writeString(file, "nonsense");
        refuses(Reason.MALFORMED, () -> OwnerKey.load(file, PASSPHRASE));
    }

    @Test
    void anAccentIsTheSameInWhateverWayItIsEncoded() {
        char[] composed = "cr\u00e8me br\u00fbl\u00e9e au caf\u00e9".toCharArray();
        char[] decomposed =
                Normalizer.normalize(new String(composed), Normalizer.Form.NFD).toCharArray();
        assertThat(Passphrase.normalized(decomposed)).isEqualTo(composed);
        assertThat(Passphrase.spellings(composed)).containsExactly(composed, decomposed);
        assertThat(Passphrase.spellings(decomposed)).containsExactly(decomposed, composed);
        assertThat(Passphrase.spellings(PASSPHRASE)).containsExactly(PASSPHRASE);

        OwnerKey key = OwnerKey.generate();
        Path file = directory.resolve("accents.key");
        key.save(file, decomposed);
        assertThat(OwnerKey.load(file, composed).cloudId()).isEqualTo(key.cloudId());
        assertThat(OwnerKey.load(file, decomposed).cloudId()).isEqualTo(key.cloudId());
    }

    @Test
    void aPassphraseMakesTheSameKeyAgain() {
        var parameters = new Passphrase(Base64Url.encode(new byte[16]), 8 * 1024, 1, 1);
        assertThat(OwnerKey.fromPassphrase(PASSPHRASE, parameters).cloudId())
                .isEqualTo(OwnerKey.fromPassphrase(PASSPHRASE, parameters).cloudId())
                .isNotEqualTo(OwnerKey.fromPassphrase("another".toCharArray(), parameters)
                        .cloudId());
    }

    @Test
    void aSealOpensForItsHostCloudChallengeAndMovesOnly() {
        OwnerKey key = OwnerKey.generate();
        ReaderKey host = ReaderKey.generate();
        String hostKey = Base64Url.encode(host.publicKey().encoded());
        SealedKey seal = SealedKey.seal(key, hostKey, "challenge", List.of());
        assertThat(seal.open(host, key.cloudId(), "challenge").orElseThrow().cloudId())
                .isEqualTo(key.cloudId());
        assertThat(seal.open(host, key.cloudId(), "old challenge")).isEmpty();
        assertThat(seal.open(ReaderKey.generate(), key.cloudId(), "challenge")).isEmpty();
        assertThat(new SealedKey(seal.sealed(), List.of(hostKey)).open(host, key.cloudId(), "challenge"))
                .isEmpty();
    }

    private static void refuses(Reason reason, Runnable action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        KeyFileException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
