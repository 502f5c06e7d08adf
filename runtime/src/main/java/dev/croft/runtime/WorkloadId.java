package dev.croft.runtime;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of a workload within one runtime: 1 to 63 of {@code a-z 0-9 -}, beginning and ending with a letter or digit
 * (an RFC 1123 label, so that it is a container's, a pod's and a directory's name as it stands).
 *
 * @param value the label
 */
public record WorkloadId(String value) implements Comparable<WorkloadId> {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final SecureRandom RANDOM = new SecureRandom();

    public WorkloadId {
        if (!LABEL.matcher(value).matches()) {
            throw new WorkloadException.InvalidSpec(
                    "not a workload id (a-z, 0-9, '-', at most 63): " + Quote.of(value));
        }
    }

    /** A new id that nobody can guess: {@code prefix-} and 80 random bits. */
    public static WorkloadId random(String prefix) {
        byte[] bytes = new byte[10];
        RANDOM.nextBytes(bytes);
        return new WorkloadId(prefix + "-" + HexFormat.of().formatHex(bytes));
    }

    @Override
    public int compareTo(WorkloadId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
