package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProcTest {
    private static final String REST = " S 1 2 3 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";

    @Test
    void aNameMayHoldAnything() {
        Proc.Entry entry = Proc.parse("42 (a) R 7 8 (b)" + REST);
        assertThat(entry).isEqualTo(new Proc.Entry(42, 'S', 1, 3, 4711));
        assertThatThrownBy(() -> Proc.parse("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Proc.parse("42 (a) S 1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aProcessThatTookOverANumberIsNotTheOneMeant() {
        Proc.Entry self = Proc.read(ProcessHandle.current().pid()).orElseThrow();
        assertThat(Proc.alive(self)).isTrue();
        assertThat(Proc.alive(new Proc.Entry(self.pid(), 'S', 1, 1, self.start() - 1)))
                .isFalse();
    }

    @Test
    void aZombieIsNotAlive() {
        assertThat(Proc.parse("42 (a)" + REST.replace(" S ", " Z ")).alive()).isFalse();
    }
}
