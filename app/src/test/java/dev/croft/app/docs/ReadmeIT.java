package dev.croft.app.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of the README's section "Using it" as a reader would type them, against a real server. */
class ReadmeIT {
    private static final Pattern GRANT = Pattern.compile("^grant (\\S+),", Pattern.MULTILINE);
    private static final Pattern SERVING = Pattern.compile("Serving https://\\S+");

    @TempDir
    Path folder;

    private record Ran(int status, String output) {}

    private static Path root() {
        for (Path here = Path.of("").toAbsolutePath(); here != null; here = here.getParent()) {
            if (Files.exists(here.resolve("croft"))) {
                return here;
            }
        }
        throw new IllegalStateException("not within the repository");
    }

    private static List<String> commands() throws IOException {
        String readme = Files.readString(root().resolve("README.md"));
        String section = readme.substring(readme.indexOf("## Using it"));
        String block = section.substring(section.indexOf("```sh\n") + 6);
        var commands = new ArrayList<String>();
        for (String line : block.substring(0, block.indexOf("```")).split("\n")) {
            commands.add(line.replaceFirst("\\s+#.*", "").strip());
        }
        return commands;
    }

    private ProcessBuilder shell(String command) {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).directory(folder.toFile());
        shell.environment().put("HOME", folder.toString());
        shell.environment().put("CROFT_HOME", folder.resolve(".croft").toString());
        shell.environment().put("CROFT_BUILD", "never");
        return shell;
    }

    private Ran run(String command) throws IOException, InterruptedException {
        Process process = shell(command).redirectErrorStream(true).start();
        String output;
        try (InputStream from = process.getInputStream()) {
            output = new String(from.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(command).isTrue();
        return new Ran(process.exitValue(), output);
    }

    @Test
    @Timeout(300)
    void theCommandsOfTheReadmeDoWhatItSays() throws Exception {
        Files.createSymbolicLink(folder.resolve("croft"), root().resolve("croft"));
        assertThat(run("./croft data generate --people 1 --out made && mv made/* phone.json.gz")
                        .status())
                .isZero();
        Files.writeString(
                folder.resolve("area.json"),
                "{\"type\":\"Polygon\",\"coordinates\":[[[-123,37],[-122,37],[-122,38],[-123,38],[-123,37]]]}");
        List<String> commands = commands();
        assertThat(commands.getFirst()).isEqualTo("./croft up &");
        Path log = folder.resolve("up.log");
        Process server = shell("exec ./croft up --port 0")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> SERVING.matcher(Files.readString(log)).find());
            String grant = "none";
            for (String command : commands.subList(1, commands.size())) {
                Ran ran = run(command.replace("GRANT", grant));
                Matcher made = GRANT.matcher(ran.output());
                if (made.find()) {
                    grant = made.group(1);
                }
                if (command.startsWith("./croft query")) {
                    // One person is fewer than any minimum cohort.
                    assertThat(ran.status()).as(command + ": " + ran.output()).isEqualTo(4);
                    assertThat(ran.output()).contains("minimum cohort");
                } else {
                    assertThat(ran.status()).as(command + ": " + ran.output()).isZero();
                }
            }
            assertThat(run("./croft budget show --json --key ~/.croft/keys/ada.key")
                            .output())
                    .containsPattern("\"available\" : 1\\b");
        } finally {
            server.destroy();
            assertThat(server.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
    }
}
