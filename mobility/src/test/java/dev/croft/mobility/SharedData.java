package dev.croft.mobility;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The folder of real days beside the repository; a test that needs it is skipped, visibly, where it is absent. */
public final class SharedData {
    private SharedData() {}

    public static Path mobility() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            for (Path candidate : List.of(at.resolve("shared/data/mobility"), at.resolve("../shared/data/mobility"))) {
                if (Files.isDirectory(candidate)) {
                    return candidate.normalize();
                }
            }
        }
        assumeTrue(false, "shared/data/mobility is not beside the repository");
        throw new AssertionError();
    }

    /** The six days in long-term format, sorted by name. */
    public static List<Path> days() throws IOException {
        try (Stream<Path> files = Files.list(mobility())) {
            return files.filter(file -> file.toString().endsWith(".json.gz"))
                    .sorted()
                    .toList();
        }
    }
}
