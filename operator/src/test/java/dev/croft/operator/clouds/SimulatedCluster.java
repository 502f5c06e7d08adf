package dev.croft.operator.clouds;

import dev.croft.operator.clouds.CloudSpec.Desired;
import dev.croft.operator.clouds.CloudSpec.Hosting;
import dev.croft.operator.clouds.CloudStatus.State;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** An API server and a router in memory, as {@link CloudController} meets them, and what others do to both. */
final class SimulatedCluster {
    final Map<String, SeenResource> resources = new TreeMap<>();
    final Map<String, Registered> registry = new TreeMap<>();
    /** What owners made and did not delete. */
    final Set<String> made = new HashSet<>();

    /** What was made with a host of its own; not those of that name that were deleted since. */
    final Set<String> isolated = new HashSet<>();

    boolean away;
    Instant now = Instant.parse("2026-11-21T12:00:00Z");
    private long version;

    static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static String name(SplittableRandom random) {
        return "c" + random.nextInt(5);
    }

    private void cloud(SplittableRandom random, UnaryOperator<Registered> change) {
        registry.computeIfPresent(name(random), (_, cloud) -> change.apply(cloud));
    }

    private Registered with(Registered cloud, State state, Hosting hosting, boolean inUse) {
        return new Registered(cloud.id(), cloud.account(), hosting, state, true, inUse, now, null, null, "node", null);
    }

    void ownerMakes(SplittableRandom random) {
        String id = name(random);
        if (made.add(id)) {
            Hosting hosting = Hosting.values()[random.nextInt(2)];
            if (hosting == Hosting.Own) {
                isolated.add(id);
            }
            registry.put(
                    id,
                    new Registered(
                            id,
                            "account-" + random.nextInt(2),
                            hosting,
                            State.Creating,
                            true,
                            false,
                            now,
                            null,
                            null,
                            "node",
                            null));
        }
    }

    void ownerUnlocks(SplittableRandom random) {
        cloud(random, cloud -> with(cloud, State.Awake, cloud.hosting(), false));
    }

    void ownerUses(SplittableRandom random) {
        cloud(
                random,
                cloud -> cloud.state() == State.Asleep || cloud.state() == State.Awake
                        ? with(cloud, State.Awake, cloud.hosting(), random.nextBoolean())
                        : cloud);
    }

    void ownerDeletes(SplittableRandom random) {
        String id = name(random);
        made.remove(id);
        isolated.remove(id);
        registry.remove(id);
    }

    void hostLosesKey(SplittableRandom random) {
        cloud(
                random,
                cloud -> cloud.state() == State.Creating ? cloud : with(cloud, State.Locked, cloud.hosting(), false));
    }

    void routerLetsSleep(SplittableRandom random) {
        cloud(
                random,
                cloud -> cloud.state() == State.Awake ? with(cloud, State.Asleep, cloud.hosting(), false) : cloud);
    }

    private String next() {
        return Long.toString(++version);
    }

    private static CloudSpec anySpec(SplittableRandom random) {
        return new CloudSpec(
                random.nextInt(3) == 0 ? "account-" + random.nextInt(3) : null,
                random.nextInt(4) == 0 ? null : Desired.values()[random.nextInt(3)],
                random.nextInt(3) == 0 ? null : Hosting.values()[random.nextInt(2)],
                random.nextInt(3) == 0 ? random.nextLong(1, 100) : null);
    }

    void someoneCreates(SplittableRandom random) {
        String name = name(random);
        resources.computeIfAbsent(
                name, _ -> new SeenResource(name, "u" + next(), next(), 1, false, anySpec(random), CloudStatus.NEW));
    }

    @SuppressWarnings("NullAway") // It does not read a nested type's annotation from a class file.
    void someoneEdits(SplittableRandom random) {
        resources.computeIfPresent(
                name(random),
                (_, it) -> new SeenResource(
                        it.name(),
                        it.uid(),
                        next(),
                        it.generation() + 1,
                        it.leaving(),
                        anySpec(random),
                        // Whoever may write the status may write nonsense.
                        random.nextInt(10) == 0
                                ? new CloudStatus(99L, State.Awake, null, null, "x", null, "not a time", List.of())
                                : it.status()));
    }

    void someoneDeletes(SplittableRandom random) {
        String name = name(random);
        if (random.nextInt(4) == 0) {
            // Kept by somebody's finalizer.
            resources.computeIfPresent(
                    name,
                    (_, it) -> new SeenResource(
                            it.name(), it.uid(), next(), it.generation(), true, it.spec(), it.status()));
        } else {
            resources.remove(name);
        }
    }

    void finalizersEnd() {
        resources.values().removeIf(SeenResource::leaving);
        // What is under way ends.
        registry.replaceAll((_, cloud) -> with(cloud, cloud.state(), cloud.hosting(), false));
    }

    /** As the API server takes or refuses it, or the router does it. */
    void carryOut(Act act) {
        if (away && !(act instanceof Act.Wake || act instanceof Act.Sleep || act instanceof Act.Move)) {
            throw new Away();
        }
        switch (act) {
            case Act.Create(String name, CloudSpec spec) ->
                resources.computeIfAbsent(
                        name, _ -> new SeenResource(name, "u" + next(), next(), 1, false, spec, CloudStatus.NEW));
            case Act.Correct(String name, String version, CloudSpec spec) ->
                replace(
                        name,
                        version,
                        it -> new SeenResource(
                                name,
                                it.uid(),
                                next(),
                                it.generation() + 1,
                                it.leaving(),
                                it.spec().withAccount(String.valueOf(spec.account())),
                                it.status()));
            case Act.Report(String name, String version, CloudStatus status) ->
                replace(
                        name,
                        version,
                        it -> new SeenResource(
                                name, it.uid(), next(), it.generation(), it.leaving(), it.spec(), status));
            case Act.Remove(String name, String uid, String version) -> {
                SeenResource there = resources.get(name);
                if (there != null && there.uid().equals(uid) && there.version().equals(version)) {
                    resources.remove(name);
                }
            }
            case Act.Wake(String id) ->
                registry.computeIfPresent(
                        id,
                        (_, cloud) -> cloud.state() == State.Asleep
                                ? with(cloud, State.Awake, cloud.hosting(), false)
                                : cloud);
            case Act.Sleep(String id, String _) ->
                registry.computeIfPresent(
                        id,
                        (_, cloud) -> cloud.state() == State.Awake && !cloud.inUse()
                                ? with(cloud, State.Asleep, cloud.hosting(), false)
                                : cloud);
            case Act.Move(String id, Hosting to) ->
                registry.computeIfPresent(
                        id,
                        (_, cloud) -> cloud.inUse() || cloud.state() == State.Awake || cloud.state() == State.Asleep
                                ? cloud
                                : with(cloud, cloud.state(), to, false));
        }
    }

    private void replace(String name, String version, UnaryOperator<SeenResource> change) {
        resources.computeIfPresent(name, (_, it) -> it.version().equals(version) ? change.apply(it) : it);
    }
}
