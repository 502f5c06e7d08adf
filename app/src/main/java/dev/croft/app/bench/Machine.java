package dev.croft.app.bench;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * Where a measurement was made.
 *
 * @param processors how many the JVM may use
 * @param memoryBytes how much heap it may use at most
 * @param java version of the JVM
 * @param system name, version and architecture of the operating system
 * @param load mean number of running tasks in the last minute; negative if unknown. Above the number of processors, doubt absolute numbers
 */
public record Machine(int processors, long memoryBytes, String java, String system, double load) {
    /** This one, now. */
    public static Machine here() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory(),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d processors, %,d MiB heap at most, %s, %s, load %.1f",
                processors,
                memoryBytes >> 20,
                java,
                system,
                load);
    }
}
