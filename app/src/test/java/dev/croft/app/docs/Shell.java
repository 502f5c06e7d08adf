package dev.croft.app.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A shell in a folder of its own with {@code ./croft} in it, as a reader of the documents has it. {@code croft} must have been built.
 *
 * @param folder working directory and home
 */
public record Shell(Path folder) {
    /** Links the launcher into the folder. */
    public Shell {
        try {
            if (!Files.exists(folder.resolve("croft"))) {
                Files.createSymbolicLink(folder.resolve("croft"), root().resolve("croft"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How a command ended.
     *
     * @param output standard output and error together
     */
    public record Ran(int status, String output) {}

    /** The repository. */
    public static Path root() {
        for (Path here = Path.of("").toAbsolutePath(); here != null; here = here.getParent()) {
            if (Files.exists(here.resolve("croft"))) {
                return here;
            }
        }
        throw new IllegalStateException("not within the repository");
    }

    /** A process that runs these lines; not started. */
    public ProcessBuilder script(String lines) {
        ProcessBuilder shell = new ProcessBuilder("bash", "-c", lines)
                .directory(folder.toFile())
                .redirectErrorStream(true);
        shell.environment().put("HOME", folder.toString());
        shell.environment().put("CROFT_HOME", folder.resolve(".croft").toString());
        shell.environment().put("CROFT_BUILD", "never");
        return shell;
    }

    /** Runs these lines to their end. */
    public Ran run(String lines) throws IOException, InterruptedException {
        Process process = script(lines).start();
        process.onExit().completeOnTimeout(process, 9, TimeUnit.MINUTES).thenAccept(ended -> {
            ended.descendants().forEach(ProcessHandle::destroyForcibly);
            ended.destroyForcibly();
        });
        process.getOutputStream().close();
        String output;
        try (InputStream from = process.getInputStream()) {
            output = new String(from.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(lines).isTrue();
        return new Ran(process.exitValue(), output);
    }
}
