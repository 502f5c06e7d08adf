package dev.croft.runtime;

import java.nio.file.Path;
import java.util.List;

/**
 * What a workload runs. Whatever the form, its digest is fixed before launch and checked by the backend on the very
 * bytes that then run; only {@link HostCommand}, for Croft's own parts, has none.
 */
public sealed interface Program {
    /** The command and its arguments, run without a shell; not empty, and free of secrets: anyone on a host may see it. */
    List<String> command();

    /**
     * A directory of files, seen read-only at {@code /app} by the workload.
     *
     * <p>The backend copies it into a store of its own and hashes the copy, so that a file changed after the check, or
     * while it is made, never runs.
     *
     * @param directory where the files are; regular files and directories only, links are refused
     * @param digest what {@link Bundle#digest} said when the bundle was published
     * @param command the command; {@code java} is the host's JDK 25, other names are looked up in {@code /app/bin} and
     *     the system's directories
     */
    record Files(Path directory, Digest digest, List<String> command) implements Program {
        public Files {
            directory = directory.toAbsolutePath().normalize();
            command = checked(command);
        }
    }

    /**
     * An OCI image, by digest.
     *
     * @param reference repository or local name, without tag or digest, such as {@code croft/mobility}
     * @param digest the image's id (of its configuration) for a local image, or of its manifest for one in a registry
     * @param command replaces the image's own entry point and arguments
     */
    record Image(String reference, Digest digest, List<String> command) implements Program {
        public Image {
            if (!reference.matches("[a-z0-9][a-z0-9._/:-]{0,254}")) {
                throw new WorkloadException.InvalidSpec("not an image reference: " + Quote.of(reference));
            }
            command = checked(command);
        }
    }

    /**
     * A command that is on the host already, for Croft's own parts (the private cloud's host process): trusted as the
     * router itself is, so not pinned. What it reads beyond the system's directories must be mounted.
     */
    record HostCommand(List<String> command) implements Program {
        public HostCommand {
            command = checked(command);
        }
    }

    private static List<String> checked(List<String> command) {
        if (command.isEmpty() || command.size() > 1024 || command.getFirst().isEmpty()) {
            throw new WorkloadException.InvalidSpec("a command has 1 to 1024 words, the first not empty");
        }
        for (String word : command) {
            if (word.indexOf('\0') >= 0 || word.length() > 65_536) {
                throw new WorkloadException.InvalidSpec("a command's word has a NUL or is over 64 KiB");
            }
        }
        return List.copyOf(command);
    }
}
