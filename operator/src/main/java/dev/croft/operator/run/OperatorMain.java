package dev.croft.operator.run;

import dev.croft.operator.decide.Settings;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The program of the operator's image: the reference's settings from {@code CROFT_OPERATOR_POLICY}, {@code _N},
 * {@code _TIMEOUT_MS}, {@code _RELEASING_DURATION_MS}, {@code _RELEASING_PERIOD_MS}, {@code _KEEP_LOG_MS}, the rest from
 * {@code _LEASE_NAMESPACE} ({@code -} for none), {@code _LEASE_MS}, {@code _PORT} and {@code _ADDRESS}. The cluster is
 * the one it runs in, or KUBECONFIG's.
 */
public final class OperatorMain {
    private OperatorMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> environment = System.getenv();
        Settings base = Settings.DEFAULT;
        var settings = new Settings(
                Settings.Policy.valueOf(
                        value(environment, "POLICY", base.policy().name()).toUpperCase(Locale.ROOT)),
                Double.parseDouble(value(environment, "N", "" + base.n())),
                number(environment, "TIMEOUT_MS", base.timeout()),
                number(environment, "RELEASING_DURATION_MS", base.releasingDuration()),
                number(environment, "RELEASING_PERIOD_MS", base.releasingPeriod()),
                number(environment, "KEEP_LOG_MS", base.keepLog()),
                base.newcomer());
        String namespace = value(environment, "LEASE_NAMESPACE", "croft-budget");
        run(
                settings,
                new Options(
                        value(environment, "IDENTITY", identity()),
                        namespace.equals("-") ? null : namespace,
                        Duration.ofMillis(number(environment, "LEASE_MS", 15_000)),
                        (int) number(environment, "PORT", 8080),
                        value(environment, "ADDRESS", "0.0.0.0"),
                        (int) number(environment, "WRITES_AT_ONCE", 16)));
    }

    /** Runs until the process is asked to end. */
    public static void run(Settings settings, Options options) throws IOException, InterruptedException {
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withOnlyHttpWatches(true)
                                .withRequestTimeout(30_000)
                                .build())
                        .build();
                Operator operator = Operator.start(client, settings, options)) {
            Runtime.getRuntime().addShutdownHook(new Thread(operator::close, "close"));
            operator.await();
        }
    }

    /** A name for the lease that no other operator has. */
    public static String identity() {
        String host = System.getenv("HOSTNAME");
        return (host == null ? "operator" : host) + "-"
                + ProcessHandle.current().pid();
    }

    private static String value(Map<String, String> environment, String name, String otherwise) {
        @Nullable String given = environment.get("CROFT_OPERATOR_" + name);
        return given == null || given.isBlank() ? otherwise : given.trim();
    }

    private static long number(Map<String, String> environment, String name, long otherwise) {
        return Long.parseLong(value(environment, name, "" + otherwise));
    }
}
