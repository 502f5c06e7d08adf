package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmOptionTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"boats=1", "host=-1", "host=1,all=2000", "service=many"})
    void whatCannotWaitIsRefusedBeforeAnythingStarts(String warm) {
        CroftTest.Run run = CroftTest.croft("up", "--port", "0", "--home", home.toString(), "--warm", warm);
        assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.USAGE.code());
    }
}
