package dev.croft.runtime.process;

import dev.croft.runtime.watch.Launch;
import java.util.List;
import java.util.Map;

/** How a command line is wrapped so that it runs within its limits: {@link Bubblewrap}, or {@link Unwrapped}. */
sealed interface Sandbox permits Bubblewrap, Unwrapped {
    /**
     * The launching script. Its words: the workload's directory; the filter's file or nothing; RLIMIT_DATA in KiB or
     * {@code -}; RLIMIT_FSIZE in blocks of 512 bytes or {@code -}; files of groups to enter; {@code --}; the command.
     */
    String script();

    /** What the script runs, with this as the whole environment. */
    List<String> command(Launch launch, Map<String, String> environment);

    /** Processes of its own that count against the workload's pids. */
    int ownPids();
}
