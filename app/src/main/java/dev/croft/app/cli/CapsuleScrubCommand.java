package dev.croft.app.cli;

import dev.croft.capsule.server.Scrubbing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule scrub}: takes out what has rotted. */
@Command(
        name = "scrub",
        description = {
            "Read all of a stopped server's capsules and take damaged records out, so that repair fetches them again.",
            "A running server does so every --scrub-hours. With --copy, of one copy that 'follow' or 'cat' keeps; never of a directory that is written to. "
                    + "Exit status 7 when something was damaged."
        })
final class CapsuleScrubCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "A server's folder, or with --copy a copy's directory.")
    Path directory;

    @Option(names = "--copy", description = "DIR is a copy of a capsule that is on servers.")
    boolean copy;

    @Override
    ExitStatus run(Output output) throws IOException {
        List<Map<String, Object>> results = new ArrayList<>();
        int all = 0;
        for (Path capsule : capsules()) {
            int damaged = Scrubbing.of(capsule);
            all += damaged;
            output.line("%s: %s", capsule, damaged == 0 ? "sound" : damaged + " damaged places taken out");
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("directory", capsule.toString());
            result.put("damaged", damaged);
            results.add(result);
        }
        output.result(results);
        return all == 0 ? ExitStatus.OK : ExitStatus.UNVERIFIED;
    }

    private List<Path> capsules() throws IOException {
        Path held = CapsuleKeys.existing(directory).resolve("capsules");
        if (copy) {
            return List.of(directory);
        }
        if (!Files.isDirectory(held)) {
            throw new CommandException(
                    ExitStatus.INPUT, directory + ": not a server's folder; give --copy if it is a copy of a capsule");
        }
        try (Stream<Path> folders = Files.list(held)) {
            return folders.filter(path -> Files.exists(path.resolve("delegation")))
                    .sorted()
                    .toList();
        }
    }
}
