package dev.croft.runtime.process;

import dev.croft.runtime.HostileWorkload;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import java.io.IOException;
import java.nio.file.Path;

class SandboxedHostileIT extends HostileWorkload {
    @Override
    protected Runtime open(Path state) {
        return Sandboxes.open(state);
    }

    @Override
    protected Program script(String text) throws IOException {
        return Sandboxes.script(temporary, text);
    }
}
