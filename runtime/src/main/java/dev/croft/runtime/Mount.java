package dev.croft.runtime;

import java.nio.file.Path;

/** Something of the host's that a workload sees in its own file system. */
public sealed interface Mount {
    /** Where the workload sees it: absolute, normalised, not one of the runtime's own places. */
    String target();

    /** Whether the workload may change it. */
    boolean writable();

    /**
     * A file or directory of the host.
     *
     * @param source absolute path on the host; must exist at launch
     */
    record HostPath(Path source, String target, boolean writable) implements Mount {
        public HostPath {
            if (!source.isAbsolute()) {
                throw new WorkloadException.InvalidSpec(
                        "a mount's source must be absolute: " + Quote.of(source.toString()));
            }
            source = source.normalize();
            checkTarget(target);
        }
    }

    /**
     * A named directory that the backend keeps from one workload to the next, made when first mounted and deleted by
     * {@link Runtime#removeVolume}. A cache: what must last is in capsules.
     *
     * @param name 1 to 63 of {@code a-z 0-9 -}, as a {@link WorkloadId}
     */
    record Volume(String name, String target, boolean writable) implements Mount {
        public Volume {
            checkName(name);
            checkTarget(target);
        }

        static void checkName(String name) {
            if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
                throw new WorkloadException.InvalidSpec("not a volume name: " + Quote.of(name));
            }
        }
    }

    private static void checkTarget(String target) {
        Path path = Path.of(target.replace('\0', '?'));
        boolean clean =
                target.matches("/[^\0\n]+") && path.normalize().toString().equals(target);
        if (!clean) {
            throw new WorkloadException.InvalidSpec(
                    "a mount's target must be absolute and normal: " + Quote.of(target));
        }
        for (String own : new String[] {"/app", "/croft", "/proc", "/sys", "/dev"}) {
            if (path.startsWith(own)) {
                throw new WorkloadException.InvalidSpec("a mount may not cover " + own + ": " + Quote.of(target));
            }
        }
    }
}
