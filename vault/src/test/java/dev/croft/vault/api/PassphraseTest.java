package dev.croft.vault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PassphraseTest {
    @Test
    void aNamesSaltIsTheSameForeverAndAnothersIsAnother() {
        // Written down: another derivation would lock out everyone who remembers a name.
        assertThat(Passphrase.named("ada").salt()).isEqualTo("40vlgz7qFVWWKJ7MiDppbzjMUDea2Dh087kDOfXTYUM");
        assertThat(Passphrase.named(" Ada ")).isEqualTo(Passphrase.named("ada"));
        assertThat(Passphrase.named("Zoe\u0301")).as("as macOS may write it").isEqualTo(Passphrase.named("zo\u00e9"));
        assertThat(Passphrase.named("ada2").salt())
                .isNotEqualTo(Passphrase.named("ada").salt());
        assertThatThrownBy(() -> Passphrase.named(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Passphrase.named("x".repeat(256))).isInstanceOf(IllegalArgumentException.class);
    }
}
