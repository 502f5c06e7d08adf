package dev.croft.runtime.process;

import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import java.io.IOException;
import java.nio.file.Path;

class SandboxedProcessRuntimeIT extends RuntimeConformance {
    @Override
    protected Runtime open(Path state) {
        return Sandboxes.open(state);
    }

    @Override
    protected Program script(String text) throws IOException {
        return Sandboxes.script(temporary, text);
    }
}
