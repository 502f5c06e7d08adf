package dev.croft.runtime;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * What a workload may use. What is over memory is killed, over pids cannot fork, over CPU waits, over the clock, the
 * output or the scratch is stopped or gets an error; {@link Enforcement} tells how strictly a backend does each.
 *
 * @param cpus processors' worth of time, 0.01 to 1024
 * @param memoryBytes resident memory of all its processes together, from 4 MiB
 * @param pids processes and threads together, from 1
 * @param wallClock from launch to the end, pauses included; {@link #FOREVER} for none
 * @param scratchBytes what fits in {@code /work} and {@code /tmp}, each
 * @param outputBytes what may lie in {@code /croft/output}
 * @param logBytes what is kept of standard output and error together; older text is dropped
 */
public record Limits(
        double cpus,
        long memoryBytes,
        int pids,
        Duration wallClock,
        long scratchBytes,
        long outputBytes,
        long logBytes) {
    /** No limit on time. */
    public static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private static final long MIB = 1L << 20;

    public Limits {
        require(cpus >= 0.01 && cpus <= 1024, "cpus must be 0.01 to 1024"); // refuses NaN too
        require(memoryBytes >= 4 * MIB && memoryBytes <= 1L << 50, "memory must be 4 MiB or more");
        require(pids >= 1 && pids <= 4_000_000, "pids must be 1 or more");
        require(!wallClock.isNegative() && !wallClock.isZero(), "the wall-clock limit must be positive");
        require(scratchBytes >= 0 && scratchBytes <= 1L << 50, "scratch must not be negative");
        require(outputBytes >= 0 && outputBytes <= 1L << 50, "output must not be negative");
        require(logBytes >= 4096 && logBytes <= 1L << 40, "logs need 4 KiB or more");
    }

    /** For a service: one processor, 512 MiB, 128 pids, ten minutes, 64 MiB scratch and output each, 1 MiB of log. */
    public static Limits service() {
        return new Limits(1, 512 * MIB, 128, Duration.ofMinutes(10), 64 * MIB, 64 * MIB, MIB);
    }

    public Limits withCpus(double value) {
        return new Limits(value, memoryBytes, pids, wallClock, scratchBytes, outputBytes, logBytes);
    }

    public Limits withMemoryBytes(long value) {
        return new Limits(cpus, value, pids, wallClock, scratchBytes, outputBytes, logBytes);
    }

    public Limits withPids(int value) {
        return new Limits(cpus, memoryBytes, value, wallClock, scratchBytes, outputBytes, logBytes);
    }

    public Limits withWallClock(Duration value) {
        return new Limits(cpus, memoryBytes, pids, value, scratchBytes, outputBytes, logBytes);
    }

    public Limits withScratchBytes(long value) {
        return new Limits(cpus, memoryBytes, pids, wallClock, value, outputBytes, logBytes);
    }

    public Limits withOutputBytes(long value) {
        return new Limits(cpus, memoryBytes, pids, wallClock, scratchBytes, value, logBytes);
    }

    public Limits withLogBytes(long value) {
        return new Limits(cpus, memoryBytes, pids, wallClock, scratchBytes, outputBytes, value);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new WorkloadException.InvalidSpec(message);
        }
    }
}
