package dev.croft.runtime.bench;

import dev.croft.runtime.WorkloadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An engine used by its own commands, for comparison. */
interface Bare {
    /** The commands, for people. */
    String name();

    /** Told of one of ours that runs, before the first of these, so that it can be of the same description. */
    default void like(WorkloadId ours) {}

    /** Whether there are commands to pause and resume. */
    default boolean pauses() {
        return true;
    }

    /** Has {@link Caller} run with this door. */
    void start(String id, Path door) throws Exception;

    void pause(String id) throws Exception;

    void resume(String id) throws Exception;

    /**
     * Ends it with all it has, and returns when nothing of it is left.
     *
     * @param acknowledged called where the engine says that it will be so before it is
     */
    void delete(String id, Runnable acknowledged) throws Exception;

    /** Runs a command to its end. */
    static void command(List<String> words) throws IOException, InterruptedException {
        Process process = quiet(words);
        if (process.waitFor() != 0) {
            throw new IOException(words + " failed");
        }
    }

    static Process quiet(List<String> words) throws IOException {
        return new ProcessBuilder(words)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
