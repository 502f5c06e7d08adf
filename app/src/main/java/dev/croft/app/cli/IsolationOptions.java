package dev.croft.app.cli;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.process.ProcessRuntime;
import picocli.CommandLine.Option;

/** How strictly services are isolated on this machine. */
final class IsolationOptions {
    @Option(names = "--require-isolation", description = "Do not start where services cannot be fully isolated.")
    boolean requireIsolation;

    ProcessRuntime.Options options() {
        return new ProcessRuntime.Options(requireIsolation, true);
    }

    /** Says once what this machine does not enforce. */
    static void tell(Enforcement enforcement, Output output) {
        output.line("Runtime    %s", enforcement.backend());
        enforcement.missing().forEach(item -> output.warn("not fully enforced here: %s", item));
    }
}
