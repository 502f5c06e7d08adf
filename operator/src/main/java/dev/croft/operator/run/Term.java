package dev.croft.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.croft.operator.decide.Desk;
import dev.croft.operator.decide.SeenBlock;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.decide.Settings;
import dev.croft.operator.decide.Write;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One desk from its opening until something happened that it does not know; used by one thread. */
final class Term {
    private static final Logger LOG = LoggerFactory.getLogger(Term.class);
    private static final long IDLE_MILLIS = 500;
    private static final int TRIES_FOR_QUIET = 20;

    /** Something was stored that the desk did not store, or a connection broke: everything has to be read anew. */
    static final class Surprise extends Exception {
        private static final long serialVersionUID = 1;

        Surprise(String what) {
            super(what);
        }
    }

    /** In the order in which events of one moment are looked at: a claim's blocks before the claim. */
    private record Event(int rank, Check on) {}

    private interface Check {
        boolean apply(Desk desk);
    }

    private final Api api;
    private final Refused refused;
    private final Settings settings;
    private final Metrics metrics;
    private final ExecutorService threads;
    private final Semaphore writers;
    private final BooleanSupplier mayGoOn;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Set<String> podFailures = new HashSet<>();
    /** Pods that wait, by {@code namespace/name}, and the claims they wait for. */
    private final Map<String, String> gated = new HashMap<>();
    /** When requests came that have no answer yet, by claim; {@link System#nanoTime}. */
    private final Map<String, Long> asked = new ConcurrentHashMap<>();

    Term(
            Api api,
            Refused refused,
            Settings settings,
            Metrics metrics,
            ExecutorService threads,
            int writesAtOnce,
            BooleanSupplier mayGoOn) {
        this.api = api;
        this.refused = refused;
        this.settings = settings;
        this.metrics = metrics;
        this.threads = threads;
        this.writers = new Semaphore(writesAtOnce);
        this.mayGoOn = mayGoOn;
    }

    /** Works until it may not go on. */
    void run() throws Surprise, InterruptedException {
        try {
            Desk desk = open();
            while (mayGoOn.getAsBoolean()) {
                if (refused.retry()) throw new Surprise("trying again what the API server refused");
                long begun = System.nanoTime();
                guard(desk);
                desk.turn(System.currentTimeMillis());
                for (List<Write> stage : desk.writes()) store(desk, stage);
                startPods(desk);
                openGates(desk);
                metrics.nanos.add(System.nanoTime() - begun);
                metrics.turns.increment();
                metrics.show(desk.figures());
                desk.waits().forEach(metrics.decisions::add);
                metrics.alive = System.nanoTime();
                listen(desk);
            }
        } finally {
            watches.forEach(Watch::close);
        }
    }

    private Desk open() throws Surprise, InterruptedException {
        Api.Listed<SeenBlock> blocks = api.blocks();
        for (int i = 0; i < TRIES_FOR_QUIET; i++) {
            Api.Listed<SeenClaim> claims = api.claims();
            Api.Listed<SeenBlock> again = api.blocks();
            if (!Desk.isQuiet(blocks.items(), again.items())) {
                // Somebody else is still writing.
                blocks = again;
                Thread.sleep(50L << Math.min(i, 5));
                continue;
            }
            Api.Listed<Pod> pods = api.pods();
            Desk desk = Desk.open(settings, again.items(), claims.items(), System.currentTimeMillis());
            watches.add(
                    api.watchBlocks(again.version(), watcher((action, block) -> blockEvent(action, api.block(block)))));
            watches.add(api.watchClaims(claims.version(), watcher((action, claim) -> {
                SeenClaim seen = api.claim(claim);
                if (action == Watcher.Action.DELETED) asked.remove(seen.id());
                else if (isAsking(seen)) asked.putIfAbsent(seen.id(), System.nanoTime());
                return claimEvent(action, seen);
            })));
            watches.add(api.watchPods(pods.version(), watcher((action, pod) -> podEvent(action, pod))));
            Set<String> there = new HashSet<>();
            for (Pod pod : pods.items()) {
                SeenClaim claim = desk.claim(Pods.claimOf(pod));
                if (claim != null && Pods.isOf(pod, claim.uid())) there.add(claim.id());
                podEvent(Watcher.Action.MODIFIED, pod).on().apply(desk);
            }
            for (SeenClaim claim : claims.items())
                if (claim.status() != null && claim.status().pod() != null && !there.contains(claim.id()))
                    desk.pods().ended(claim.id(), false);
            metrics.opened();
            LOG.info(
                    "opened with {} blocks and {} claims",
                    again.items().size(),
                    claims.items().size());
            return desk;
        }
        throw new Surprise("blocks keep changing while they are read");
    }

    private static Event blockEvent(Watcher.Action action, SeenBlock block) {
        return new Event(0, desk -> action == Watcher.Action.DELETED ? desk.blockGone(block.id()) : desk.see(block));
    }

    private static boolean isAsking(SeenClaim claim) {
        return claim.status() == null
                || claim.status().responses().size() < claim.spec().requests().size();
    }

    private static Event claimEvent(Watcher.Action action, SeenClaim claim) {
        return new Event(1, desk -> {
            if (action != Watcher.Action.DELETED) return desk.see(claim);
            desk.claimGone(claim.id());
            return true;
        });
    }

    private Event podEvent(Watcher.Action action, Pod pod) {
        String phase = pod.getStatus() == null ? "" : pod.getStatus().getPhase();
        boolean gone = action == Watcher.Action.DELETED;
        return new Event(2, desk -> {
            SeenClaim claim = desk.claim(Pods.claimOf(pod));
            String name =
                    pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
            if (!gone && Pods.isGated(pod)) gated.put(name, Pods.claimOf(pod));
            else gated.remove(name);
            if (claim == null || !Pods.isOf(pod, claim.uid())) return true;
            if (gone || "Succeeded".equals(phase) || "Failed".equals(phase)) {
                // A pod that ended before its start was noted.
                desk.pods().started(Pods.claimOf(pod), pod.getMetadata().getName());
                desk.pods().ended(Pods.claimOf(pod), "Succeeded".equals(phase), Pods.report(pod));
            }
            return true;
        });
    }

    private interface ToEvent<R> {
        Event of(Watcher.Action action, R resource);
    }

    private <R extends HasMetadata> Watcher<R> watcher(ToEvent<R> convert) {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, R resource) {
                if (action == Action.BOOKMARK) return;
                events.add(action == Action.ERROR ? broken() : convert.of(action, resource));
            }

            @Override
            public void onClose(WatcherException cause) {
                events.add(broken());
            }
        };
    }

    private static Event broken() {
        return new Event(-1, _ -> false);
    }

    private void listen(Desk desk) throws Surprise, InterruptedException {
        long patience = Math.clamp(desk.nextDue() - System.currentTimeMillis(), 0, IDLE_MILLIS);
        Event first = events.poll(patience, TimeUnit.MILLISECONDS);
        if (first == null) return;
        List<Event> batch = new ArrayList<>();
        batch.add(first);
        events.drainTo(batch);
        batch.sort(Comparator.comparingInt(Event::rank));
        for (Event event : batch)
            if (!event.on().apply(desk)) throw new Surprise("a resource changed, or a watch ended");
    }

    private void guard(Desk desk) throws Surprise, InterruptedException {
        Map<SeenBlock, Boolean> changes = desk.guards();
        if (changes.isEmpty()) return;
        List<Callable<Runnable>> work = new ArrayList<>();
        changes.forEach((block, on) -> work.add(() -> {
            try {
                String version = api.guard(block, on);
                return () -> desk.guarded(block.id(), on, version);
            } catch (KubernetesClientException e) {
                if (!isForGood(e)) throw e;
                LOG.warn("{} is left as it is: {}", block.id(), e.getMessage());
                refused.add(block);
                throw e;
            }
        }));
        together(work);
    }

    private void store(Desk desk, List<Write> stage) throws Surprise, InterruptedException {
        if (stage.isEmpty()) return;
        if (!mayGoOn.getAsBoolean()) throw new Surprise("no longer leading");
        List<Callable<Runnable>> work = new ArrayList<>();
        List<Write> lost = Collections.synchronizedList(new ArrayList<>());
        for (Write write : stage)
            work.add(() -> {
                try {
                    String version = api.store(write);
                    metrics.writes.increment();
                    Long since = write.isBlock() ? null : asked.remove(write.id());
                    if (since != null) metrics.answers.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
                    return () -> desk.stored(write, version);
                } catch (KubernetesClientException e) {
                    if (e.getCode() == 409) {
                        metrics.conflicts.increment();
                        lost.add(write);
                        return () -> {};
                    }
                    if (isForGood(e)) {
                        LOG.warn("{} is left as it is: {}", write.id(), e.getMessage());
                        refused.add(write);
                    }
                    // Its deletion is among the events to come.
                    if (e.getCode() == 404 && !(write instanceof Write.OfBlock)) return () -> {};
                    throw e;
                }
            });
        together(work);
        // Seldom: somebody edited the description of a resource that was about to be stored.
        for (Write write : lost) again(desk, write);
    }

    /** Whether the API server will say the same the next time. */
    private static boolean isForGood(KubernetesClientException e) {
        return e.getCode() == 400
                || e.getCode() == 413
                || e.getCode() == 422
                || String.valueOf(e.getMessage()).contains("too large");
    }

    private void again(Desk desk, Write write) throws Surprise {
        boolean same;
        if (write instanceof Write.Note) return;
        if (write instanceof Write.OfBlock) {
            SeenBlock now = api.block(write.id());
            same = now != null && desk.reread(now);
        } else {
            SeenClaim now = api.claim(write.id());
            if (now == null) return;
            same = desk.reread(now);
        }
        if (!same) throw new Surprise("somebody else stored " + write.id());
        try {
            desk.stored(write, api.store(write));
            metrics.writes.increment();
        } catch (KubernetesClientException e) {
            throw new Surprise(write.id() + ": " + e.getMessage());
        }
    }

    /** Does everything at the same time, as far as the limit goes, and then reports to the desk one by one. */
    private void together(List<Callable<Runnable>> work) throws Surprise, InterruptedException {
        List<Future<Runnable>> running = new ArrayList<>();
        for (Callable<Runnable> one : work)
            running.add(threads.submit(() -> {
                writers.acquire();
                try {
                    return one.call();
                } finally {
                    writers.release();
                }
            }));
        String failure = null;
        for (Future<Runnable> one : running) {
            try {
                one.get().run();
            } catch (ExecutionException e) {
                failure = String.valueOf(e.getCause());
            }
        }
        if (failure != null) throw new Surprise(failure);
    }

    private static @Nullable String said(KubernetesClientException e) {
        return e.getStatus() == null || e.getStatus().getMessage() == null
                ? e.getMessage()
                : e.getStatus().getMessage();
    }

    private void openGates(Desk desk) {
        for (Map.Entry<String, String> one : List.copyOf(gated.entrySet())) {
            if (!desk.pods().mayStart(one.getValue())) continue;
            int slash = one.getKey().indexOf('/');
            try {
                Pods.open(
                        api.client(),
                        one.getKey().substring(0, slash),
                        one.getKey().substring(slash + 1));
                gated.remove(one.getKey());
            } catch (KubernetesClientException e) {
                if (e.getCode() == 404) gated.remove(one.getKey());
                else if (podFailures.add(one.getKey()))
                    LOG.warn("the pod {} cannot be let go: {}", one.getKey(), e.getMessage());
            }
        }
    }

    private void startPods(Desk desk) {
        for (String id : desk.pods().wanted()) {
            SeenClaim claim = desk.claim(id);
            if (claim == null || claim.spec().pod() == null) continue;
            try {
                desk.pods()
                        .started(
                                id, Pods.start(api.client(), claim, claim.spec().pod()));
                podFailures.remove(id);
            } catch (JsonProcessingException | IllegalArgumentException | Pods.ForeignPodException e) {
                desk.pods().refused(id, claim.name(), "spec.pod.template: " + e.getMessage());
            } catch (KubernetesClientException e) {
                if (isForGood(e)) desk.pods().refused(id, claim.name(), "spec.pod.template: " + said(e));
                else if (podFailures.add(id)) LOG.warn("the pod of {} cannot be started: {}", id, e.getMessage());
            }
        }
    }
}
