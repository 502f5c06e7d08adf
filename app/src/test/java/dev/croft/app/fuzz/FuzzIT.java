package dev.croft.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Jazzer, guided by coverage, for the time that {@code -Dcroft.fuzz=10m} gives to all decoders together, each its part;
 * {@code -Dcroft.fuzz.only=GRANT,PROOF} runs some of them. Little memory is given to each, so
 * that whatever allocates what a length field says is found.
 */
class FuzzIT {
    @TempDir
    Path temp;

    private static Duration each() {
        String all = System.getProperty("croft.fuzz", "");
        assumeTrue(!all.isEmpty(), "give the time for fuzzing, for example -Dcroft.fuzz=10m");
        return Duration.parse("PT" + all.toUpperCase(Locale.ROOT)).dividedBy(Decoder.values().length);
    }

    @ParameterizedTest
    @EnumSource(Decoder.class)
    @Execution(ExecutionMode.CONCURRENT)
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void noInputCrashesADecoderOrTakesMemoryWithoutBound(Decoder decoder) throws IOException, InterruptedException {
        Duration time = each();
        String only = System.getProperty("croft.fuzz.only", decoder.name());
        assumeTrue(List.of(only.split(",", -1)).contains(decoder.name()), "left out by -Dcroft.fuzz.only");
        Path found = Files.createDirectories(temp.resolve("found"));
        Path log = temp.resolve("log");
        Process jazzer = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx192m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dcroft.decoder=" + decoder.name(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + FuzzTarget.class.getName(),
                        "--instrumentation_includes=dev.croft.**",
                        "--custom_hook_includes=dev.croft.**",
                        "-max_total_time=" + Math.max(1, time.toSeconds()),
                        "-timeout=20",
                        "-max_len=8192",
                        "-artifact_prefix=" + temp + "/",
                        found.toString(),
                        Corpus.folder(decoder).toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(jazzer.waitFor(time.toSeconds() + 240, TimeUnit.SECONDS)).isTrue();
        String output = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(jazzer.exitValue())
                .as(output.substring(Math.max(0, output.length() - 4000)))
                .isZero();
        assertThat(output).contains("INITED");
        keep(decoder, found);
    }

    /** With {@code -Dcroft.fuzz.keep} what was found goes to a folder, to be merged into the corpus by hand. */
    private static void keep(Decoder decoder, Path found) throws IOException {
        String folder = System.getProperty("croft.fuzz.keep");
        if (folder != null) {
            Path into = Files.createDirectories(Path.of(folder, decoder.name().toLowerCase(Locale.ROOT)));
            try (var files = Files.list(found)) {
                for (Path file : files.toList()) {
                    Files.copy(file, into.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
