package dev.croft.operator.run;

import dev.croft.operator.decide.Settings;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator: waits for the lease, opens a desk, decides and stores until it is closed. Decisions look at all blocks and
 * claims together and are stored in batches, which is why it works on watches directly and not with the operator SDK's
 * one reconcile for each resource.
 */
public final class Operator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Operator.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    private final Api api;
    private final Settings settings;
    private final Options options;
    private final Refused refused = new Refused();
    private final Metrics metrics = new Metrics(refused::size);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final MetricsServer http;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread loop;
    private volatile boolean closed;
    private volatile boolean leading;

    private Operator(KubernetesClient client, Settings settings, Options options) throws IOException {
        this.api = new Api(client, refused);
        this.settings = settings;
        this.options = options;
        this.http = MetricsServer.start(options, metrics);
        this.loop = Thread.ofPlatform().name("operator").unstarted(this::loop);
    }

    /** Starts; the client stays the caller's. */
    public static Operator start(KubernetesClient client, Settings settings, Options options) throws IOException {
        var operator = new Operator(client, settings, options);
        operator.loop.start();
        if (options.leaseNamespace() == null) operator.lead(true);
        else operator.threads.execute(operator::elect);
        return operator;
    }

    /** The port of metrics and health, 0 for none. */
    public int port() {
        return http.port();
    }

    /** Waits until it is closed. */
    public void await() throws InterruptedException {
        ended.await();
    }

    private void lead(boolean now) {
        leading = now;
        metrics.leading = now;
        if (now) LOG.info("{} leads", options.identity());
    }

    private void elect() {
        while (!closed) {
            try {
                LeaderElector elector = api.client()
                        .leaderElector()
                        .withConfig(new LeaderElectionConfigBuilder()
                                .withName(Options.LEASE)
                                .withLock(new LeaseLock(options.leaseNamespace(), Options.LEASE, options.identity()))
                                .withLeaseDuration(options.leaseDuration())
                                .withRenewDeadline(
                                        options.leaseDuration().multipliedBy(2).dividedBy(3))
                                .withRetryPeriod(options.leaseDuration().dividedBy(7))
                                .withReleaseOnCancel()
                                .withLeaderCallbacks(new LeaderCallbacks(() -> lead(true), () -> lead(false), _ -> {}))
                                .build())
                        .build();
                CompletableFuture<?> election = elector.start();
                while (!closed && !election.isDone()) ended.await(100, TimeUnit.MILLISECONDS);
                if (closed) {
                    election.cancel(true);
                    elector.release();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("the lease: {}", e.getMessage());
            }
            lead(false);
        }
    }

    private void loop() {
        long pause = FIRST_PAUSE_MILLIS;
        while (!closed) {
            try {
                metrics.alive = System.nanoTime();
                if (!leading) {
                    Thread.sleep(20);
                    continue;
                }
                long begun = System.nanoTime();
                try {
                    new Term(api, refused, settings, metrics, threads, options.writesAtOnce(), () -> leading && !closed)
                            .run();
                } catch (Term.Surprise surprise) {
                    LOG.info("reading anew: {}", surprise.getMessage());
                } catch (RuntimeException e) {
                    LOG.warn("reading anew", e);
                }
                boolean lasted = System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(5);
                pause = lasted ? FIRST_PAUSE_MILLIS : Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
                // Two that were surprised by each other are not to meet again.
                Thread.sleep(ThreadLocalRandom.current().nextLong(pause / 2, pause));
            } catch (InterruptedException _) {
                // Asked to end, or asked again.
            }
        }
    }

    /** Ends after what is being stored is stored, and gives the lease back. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        try {
            loop.join(TimeUnit.SECONDS.toMillis(30));
            threads.shutdown();
            @Nullable Boolean _ = threads.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.shutdownNow();
        http.close();
        ended.countDown();
    }
}
