package dev.croft.runtime.process;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/** What the suites need of the process backend; a test is aborted where this machine has no sandbox. */
final class Sandboxes {
    private Sandboxes() {}

    static Runtime open(Path state) {
        ProcessRuntime runtime = ProcessRuntime.open(state);
        if (!runtime.enforcement().isolated()) {
            runtime.close();
            abort("no sandbox on this machine: " + runtime.enforcement().missing());
        }
        return runtime;
    }

    static Program script(Path temporary, String text) throws IOException {
        return TestFiles.script(
                temporary.resolve("bundles").resolve(UUID.randomUUID().toString()), text);
    }
}
