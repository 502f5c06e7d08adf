package dev.croft.operator.clouds;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the private clouds of one router and their resources in one namespace in step: looks at both, again and again, asks
 * {@link CloudDesk} and does what it says. It keeps nothing that the next one needs, so it may end at any point. While the API server is
 * away nothing is asked of the router and what runs goes on; where the kind is not installed it waits for it. Several may run at once.
 */
public final class CloudController implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloudController.class);
    private static final Duration REST = Duration.ofSeconds(5);
    private static final long TURN_MILLIS = 2_000;
    private static final long NOT_INSTALLED_MILLIS = 15_000;
    private static final long LONGEST_MILLIS = 10_000;
    /** A turn takes at most this part of the time, however many there are. */
    private static final int SHARE = 10;
    /** Each may start a process. */
    private static final int ACTS_AT_ONCE = 4;

    private static final long FIRST_RETRY_SECONDS = 2;
    private static final long LAST_RETRY_SECONDS = 60;

    private final Resources resources;
    private final Router router;
    private final CloudDesk desk = new CloudDesk(REST);
    private final InstantSource clock;
    private final Set<String> busy = ConcurrentHashMap.newKeySet();
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();
    private final Semaphore acts = new Semaphore(ACTS_AT_ONCE);
    private final Semaphore news = new Semaphore(0);
    private final Thread loop;
    private volatile boolean closed;
    private @Nullable Watch watch;
    private volatile boolean seen;

    private record Failure(String message, Instant again, long seconds) {}

    private CloudController(KubernetesClient client, String namespace, Router router, InstantSource clock) {
        this.resources = new Resources(client, namespace);
        this.router = router;
        this.clock = clock;
        this.loop = Thread.ofPlatform().name("private-clouds").daemon().unstarted(this::loop);
    }

    /** Begins, in the background; the client stays the caller's. */
    public static CloudController start(KubernetesClient client, String namespace, Router router) {
        var controller = new CloudController(client, namespace, router, InstantSource.system());
        controller.loop.start();
        return controller;
    }

    private void loop() {
        String told = "";
        long pause = TURN_MILLIS;
        while (!closed) {
            long begun = System.nanoTime();
            try {
                turn();
                told = "";
                pause = Math.max(TURN_MILLIS, SHARE * TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
            } catch (RuntimeException e) {
                unwatch();
                boolean absent =
                        e instanceof KubernetesClientException k && k.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
                String tell = absent
                        ? "the cluster has no private clouds as resources: see croft kubernetes crds"
                        : "private clouds and their resources are compared again soon: " + e.getMessage();
                if (!closed && !tell.equals(told)) {
                    LOG.warn("{}", tell);
                    told = tell;
                }
                pause = absent ? NOT_INSTALLED_MILLIS : Math.min(LONGEST_MILLIS, 2 * pause);
            }
            try {
                // What comes within a moment is looked at together.
                if (news.tryAcquire(pause, TimeUnit.MILLISECONDS)) {
                    Thread.sleep(50);
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                return; // it is closed
            }
        }
    }

    private void turn() {
        // In this order: see CloudDesk.Sight.
        Resources.Listed listed = resources.list();
        watch(listed.version());
        List<Registered> clouds = router.clouds();
        Instant now = clock.instant();
        Map<String, String> failed = new HashMap<>();
        failures.forEach((id, failure) -> {
            if (now.isBefore(failure.again())) {
                failed.put(id, failure.message());
            }
        });
        CloudDesk.Answer answer =
                desk.decide(new CloudDesk.Sight(now, listed.resources(), clouds, Set.copyOf(busy), failed));
        router.hold(answer.held());
        for (Act act : answer.acts()) {
            if (closed) {
                return;
            }
            switch (act) {
                case Act.Wake(String id) -> begin(id, router::wake);
                case Act.Sleep(String id, String why) -> begin(id, one -> router.sleep(one, why));
                case Act.Move(String id, CloudSpec.Hosting to) -> begin(id, one -> router.move(one, to));
                case Act.Create _, Act.Correct _, Act.Report _, Act.Remove _ -> write(act);
            }
        }
    }

    private void write(Act act) {
        try {
            // What cannot be made, as when somebody deleted the namespace, is no news that the next turn must not wait
            // for.
            if (!resources.write(act) && !(act instanceof Act.Create)) {
                news.release();
            }
        } catch (KubernetesClientException e) {
            // One that the API server does not take, such as a resource with someone's own rules, holds up no other.
            if (e.getCode() < 400 || e.getCode() >= 500) {
                throw e;
            }
            LOG.warn("the API server refuses {} of {}: {}", act.getClass().getSimpleName(), act.name(), e.getMessage());
        }
    }

    private void begin(String id, Consumer<String> act) {
        if (!busy.add(id)) {
            return;
        }
        Thread.ofVirtual().name("resource-" + id).start(() -> {
            acts.acquireUninterruptibly();
            try {
                if (!closed) {
                    act.accept(id);
                    failures.remove(id);
                }
            } catch (RuntimeException e) {
                failures.compute(id, (_, before) -> {
                    long seconds =
                            before == null ? FIRST_RETRY_SECONDS : Math.min(LAST_RETRY_SECONDS, 2 * before.seconds());
                    return new Failure(
                            String.valueOf(e.getMessage()), clock.instant().plusSeconds(seconds), seconds);
                });
                LOG.warn("private cloud {} does not follow its resource: {}", id, e.toString());
            } finally {
                acts.release();
                busy.remove(id);
                news.release();
            }
        });
    }

    private void watch(String version) {
        if (watch != null && seen) {
            return;
        }
        unwatch();
        seen = true;
        watch = resources.watch(version, news::release, () -> {
            seen = false;
            news.release();
        });
    }

    private void unwatch() {
        Watch open = watch;
        watch = null;
        if (open != null) {
            open.close();
        }
    }

    /** Ends; what the router was asked for goes on to its end. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.interrupt();
        try {
            loop.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        unwatch();
        router.hold(Set.of());
    }
}
