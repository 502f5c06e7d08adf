package dev.croft.budget.simulation;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds the workloads that are kept beside the repository. */
public final class SharedData {
    private SharedData() {}

    /** The folder {@code shared/data/budget} next to an ancestor of the working directory, or null. */
    public static @Nullable Path budget() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path data = at.resolve("shared/data/budget");
            if (Files.isDirectory(data)) return data;
        }
        return null;
    }
}
