package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UnwrappedProcessRuntimeIT extends RuntimeConformance {
    @Override
    protected Runtime open(Path state) {
        return ProcessRuntime.open(state, new ProcessRuntime.Options(false, false));
    }

    @Test
    void whatProcessesCannotHaveIsRefusedInOneLine() {
        WorkloadSpec spec = spec("true").withPlacing(Placing.ANYHOW.withRuntimeClass("gvisor"));
        assertThatThrownBy(() -> runtime.launch(spec)).hasMessage("processes cannot have runtime class gvisor");
    }

    @Override
    protected Program script(String text) throws IOException {
        String here = text.replace("/croft/", "${CROFT_OUTPUT%/output}/");
        return TestFiles.script(
                temporary.resolve("bundles").resolve(UUID.randomUUID().toString()), here);
    }
}
