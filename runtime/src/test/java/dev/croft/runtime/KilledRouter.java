package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A router in a process of its own that is killed amid its launches, and what the next one has to find. */
public final class KilledRouter {
    private static final WorkloadId LONG = new WorkloadId("long");
    private static final WorkloadId SHORT = new WorkloadId("short");

    private KilledRouter() {}

    /** What the victim's {@code main} does: launches one that runs and one that ends, says that it is ready, and launches until it is killed. */
    public static void launchUntilKilled(Runtime runtime, Program.Image image) {
        runtime.launch(WorkloadSpec.of(LONG, TestImage.script(image, "echo up; exec sleep 600"))
                .withLimits(Limits.service().withWallClock(Limits.FOREVER))
                .withHealth(new HealthCheck.LogLine("up", RuntimeSuite.SOON)));
        runtime.launch(WorkloadSpec.of(SHORT, TestImage.script(image, "sleep 1; exit 5")));
        runtime.awaitHealthy(LONG, RuntimeSuite.SOON);
        IO.println("ready");
        for (int i = 0; ; i++) {
            runtime.launch(WorkloadSpec.of(new WorkloadId("more-" + i), TestImage.script(image, "exec sleep 600")));
        }
    }

    /** Runs {@code main} in a process and kills it once it is ready. */
    public static void killOnceReady(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process victim = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output = victim.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.equals("ready")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("ready");
        } finally {
            victim.destroyForcibly();
            victim.waitFor();
        }
    }

    /** The next router finds what runs and how the other ended, and nothing is left once nobody wants any of it. */
    public static void isFollowedBy(Runtime next) throws Exception {
        assertThat(next.inspect(LONG).state()).isEqualTo(WorkloadStatus.State.HEALTHY);
        assertThat(new String(next.logs(LONG, false).readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("up\n");
        assertThat(next.awaitEnd(SHORT, RuntimeSuite.SOON).exitCode()).hasValue(5);
        next.stop(LONG, Duration.ofSeconds(5));
        assertThat(next.inspect(LONG).exitCode()).hasValue(143);
        next.reap(s -> false);
        next.reap(s -> false);
        assertThat(next.list()).isEmpty();
    }
}
