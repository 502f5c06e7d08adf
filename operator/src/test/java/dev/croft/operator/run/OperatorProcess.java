package dev.croft.operator.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The operator's program as a process of its own, to be killed. */
final class OperatorProcess {
    final String identity;
    private final Process process;

    private OperatorProcess(String identity, Process process) {
        this.identity = identity;
        this.process = process;
    }

    static OperatorProcess start(String identity, Path log, Map<String, String> settings) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dlogback.configurationFile=dev/croft/operator/deploy/logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                OperatorMain.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment()
                .putAll(Map.of(
                        "CROFT_OPERATOR_IDENTITY",
                        identity,
                        "CROFT_OPERATOR_LEASE_NAMESPACE",
                        TestCluster.LEASES,
                        "CROFT_OPERATOR_LEASE_MS",
                        System.getProperty("croft.kubernetes.lease", "5000"),
                        "CROFT_OPERATOR_PORT",
                        "-1"));
        builder.environment().putAll(settings);
        return new OperatorProcess(identity, builder.start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    static Path log(Path dir, String name) throws IOException {
        return Files.createFile(dir.resolve(name));
    }
}
