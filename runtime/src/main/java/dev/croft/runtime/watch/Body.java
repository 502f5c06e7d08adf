package dev.croft.runtime.watch;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/** What runs: a process tree or a container. Calls come from one watching thread, and from callers of the runtime. */
public interface Body {
    /** Starts it; the record of it is on disk already. {@code ended} is to be called, at least once, after its end. */
    void begin(Launch launch, Runnable ended) throws IOException;

    /** Takes up one that an earlier router started and that may have ended since. */
    void adopt(Runnable ended) throws IOException;

    /** How what runs differs from what was asked for; empty if it does not. Asked of one that was adopted or is to go on after a pause. */
    default List<String> deviations() throws IOException {
        return List.of();
    }

    /** Whether its first process still runs. */
    boolean alive();

    /** Whether its command was reached. */
    boolean began();

    /** Asks its command to end. */
    void terminate();

    /** Kills all of it and returns when nothing is left, or false where that does not happen. */
    boolean kill();

    /** Stops all of it or lets it go on; false where that does not take hold. */
    boolean pause(boolean stop) throws IOException;

    /** Whether a line printed has matched the pattern of its health check. */
    boolean lineSeen();

    /** After its end and {@link #kill}: settles its log, frees what it held, and tells how it ended. */
    Exit finish() throws IOException;

    InputStream logs(boolean follow, BooleanSupplier closed);

    /** Frees what is kept of one that has ended, but for its directory. */
    void discard();

    /** Kills all of it and frees what it held, when nobody will ask how it ended or what it printed; false where something is left. */
    default boolean destroy() {
        boolean clean = kill();
        discard();
        return clean;
    }

    /** How it ended; the exit code is empty where nobody saw it. */
    record Exit(OptionalInt code, boolean outOfMemory) {}
}
