package dev.croft.app.example;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.operator.resource.PrivacyBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The training run as the program of a pod that the operator starts when its claim is granted. Before each epoch it writes to its
 * termination message what it will have consumed, so that the operator consumes that much and releases the rest. The block is
 * {@code CROFT_EXAMPLE_BLOCK}, {@code namespace/name}; {@code CROFT_EXAMPLE_ENOUGH} is the accuracy at which it stops.
 */
public final class TrainingPod {
    private static final String BLOCK = "people";
    /** Of a book's amounts in an epsilon of 1. */
    private static final double STEPS = 1e9;

    private TrainingPod() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        train(
                Objects.requireNonNull(environment.get("CROFT_EXAMPLE_BLOCK"), "CROFT_EXAMPLE_BLOCK"),
                Double.parseDouble(environment.getOrDefault("CROFT_EXAMPLE_ENOUGH", "0.93")),
                Path.of("/dev/termination-log"));
    }

    static void train(String block, double enough, Path report) throws IOException {
        // What the cluster granted, as a book of this run's own.
        var book = new ClaimBook(new Composition.Renyi(Training.ORDERS), new Dpf.Unlocking.PerArrival(1));
        book.createBlock(Training.block(BLOCK));
        var result = Training.run(
                new Reporting(book, block, report),
                BLOCK,
                "training",
                enough,
                new SecureRandom(),
                epoch -> System.out.println("epoch " + epoch + " paid and done"));
        System.out.printf(
                "right on %.1f %% of people it has not seen; spent epsilon %.3f of %.3f at delta %.0e%n",
                100 * result.accuracy(), result.spent(), result.claimed(), result.delta());
    }

    private record Reporting(ClaimBook book, String block, Path report) implements Training.Budget {
        @Override
        public ClaimView submit(ClaimRequest request) {
            return book.submit(request, Instant.now());
        }

        @Override
        public ClaimView consume(String claim, String key, Map<String, Cost> costs) {
            ClaimView view = book.consume(claim, key, costs);
            double[] consumed = book.findBlock(BLOCK).orElseThrow().consumed();
            try {
                Files.writeString(report, new ObjectMapper().writeValueAsString(Map.of(block, budget(consumed))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return view;
        }

        @Override
        public ClaimView release(String claim) {
            return book.release(claim, Instant.now());
        }
    }

    private static PrivacyBudget budget(double[] curve) {
        List<PrivacyBudget.Order> orders = new ArrayList<>();
        for (int i = 0; i < curve.length; i++)
            orders.add(new PrivacyBudget.Order(Training.ORDERS.get(i), curve[i] / STEPS));
        return PrivacyBudget.of(orders);
    }

    /** A block and a claim whose pod is this program, as resources of a namespace. */
    public static String manifest(String namespace, String image) {
        return """
                apiVersion: columbia.github.com/v1
                kind: PrivateDataBlock
                metadata: {name: people, namespace: %1$s}
                spec:
                  dataset: example
                  releaseMode: base
                  budgetReturnPolicy: toAvailable
                  initialBudget: {renyi: %2$s}
                ---
                apiVersion: columbia.github.com/v1
                kind: PrivacyBudgetClaim
                metadata: {name: training, namespace: %1$s}
                spec:
                  requests:
                    - allocateRequest:
                        dataset: example
                        expectedBudget: {constant: {renyi: %3$s}}
                        timeout: -1
                  pod:
                    onSuccess: report
                    onFailure: consume
                    template:
                      spec:
                        automountServiceAccountToken: false
                        securityContext: {runAsNonRoot: true, runAsUser: 10001}
                        containers:
                          - name: training
                            image: %4$s
                            imagePullPolicy: Never
                            command: [/opt/java/bin/java, -XX:+UseSerialGC, -cp, "/app/lib/*", %5$s]
                            env: [{name: CROFT_EXAMPLE_BLOCK, value: %1$s/people}]
                            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                """.formatted(
                        namespace,
                        flow(Training.total().toArray()),
                        flow(Training.demand().toArray()),
                        image,
                        TrainingPod.class.getName());
    }

    private static String flow(double[] curve) {
        List<String> orders = new ArrayList<>();
        for (int i = 0; i < curve.length; i++)
            orders.add("{alpha: " + Training.ORDERS.get(i) + ", epsilon: " + curve[i] + "}");
        return orders.toString();
    }
}
