package dev.croft.app.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The inputs kept in the repository, a folder for each decoder: what is valid, and what once took a path of its own. */
final class Corpus {
    private Corpus() {}

    static Path folder(Decoder decoder) {
        return Path.of("src/test/resources/fuzz").resolve(decoder.name().toLowerCase(Locale.ROOT));
    }

    static List<byte[]> of(Decoder decoder) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder(decoder))) {
            for (Path file : files.sorted().toList()) {
                inputs.add(Files.readAllBytes(file));
            }
        }
        return inputs;
    }
}
