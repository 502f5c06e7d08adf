package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void outputIsMeasuredWithoutFollowingLinks(@TempDir Path dir) throws IOException {
        Files.createSymbolicLink(dir.resolve("root"), Path.of("/"));
        Files.write(dir.resolve("a"), new byte[10_000]);
        assertThat(OutputMeter.exceeds(dir, 20_000)).isFalse();
        assertThat(OutputMeter.exceeds(dir, 13_000)).isTrue();
        assertThat(OutputMeter.exceeds(dir.resolve("absent"), 0)).isFalse();
    }
}
