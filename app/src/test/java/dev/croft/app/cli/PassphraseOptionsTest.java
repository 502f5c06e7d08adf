package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.Normalizer;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassphraseOptionsTest {
    private static final String PHRASE = "trois \u00e9l\u00e8ves na\u00effs";
    private static final Passphrase PARAMETERS =
            new Passphrase(Passphrase.named("ana").salt(), 8 * 1024, 1, 1);

    @TempDir
    Path directory;

    private PassphraseOptions typed(Normalizer.Form form) throws IOException {
        var options = new PassphraseOptions();
        options.file = Files.createFile(
                directory.resolve(form.name()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(options.file, Normalizer.normalize(PHRASE, form) + "\n");
        return options;
    }

    @Test
    void aKeyOfAnyEncodingIsFoundHoweverThePassphraseIsTyped() throws IOException {
        PassphraseOptions composed = typed(Normalizer.Form.NFC);
        PassphraseOptions decomposed = typed(Normalizer.Form.NFD);
        // As it was made before passphrases were normalised.
        String old = OwnerKey.fromPassphrase(
                        Normalizer.normalize(PHRASE, Normalizer.Form.NFD).toCharArray(), PARAMETERS)
                .cloudId();
        String made = OwnerKey.fromPassphrase(Objects.requireNonNull(decomposed.readNew()), PARAMETERS)
                .cloudId();
        assertThat(made).isNotEqualTo(old);
        for (PassphraseOptions options : new PassphraseOptions[] {composed, decomposed}) {
            for (String cloud : new String[] {old, made}) {
                assertThat(options.key(PARAMETERS, cloud).cloudId()).isEqualTo(cloud);
            }
        }
    }
}
