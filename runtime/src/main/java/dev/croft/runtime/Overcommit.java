package dev.croft.runtime;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of its limits a workload is sure of: the limit divided by this. With 1 it has all of it for itself, also while it idles.
 *
 * @param memory 1 to 1000
 * @param cpu 1 to 1000
 */
public record Overcommit(int memory, int cpu) {
    /** So that a machine holds many that are mostly idle. */
    public static final Overcommit USUAL = new Overcommit(8, 50);

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,4}):([0-9]{1,4})");

    public Overcommit {
        if (memory < 1 || memory > 1000 || cpu < 1 || cpu > 1000) {
            throw new WorkloadException.InvalidSpec("overcommit lies between 1 and 1000");
        }
    }

    /**
     * Reads {@code MEMORY:CPU}, such as {@code 8:50}.
     *
     * @throws WorkloadException.InvalidSpec if it is not that
     */
    public static Overcommit parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new WorkloadException.InvalidSpec("overcommit is given as MEMORY:CPU, such as 8:50");
        }
        return new Overcommit(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    }
}
