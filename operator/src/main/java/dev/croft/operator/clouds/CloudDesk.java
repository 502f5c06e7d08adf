package dev.croft.operator.clouds;

import dev.croft.operator.clouds.CloudSpec.Desired;
import dev.croft.operator.clouds.CloudSpec.Hosting;
import dev.croft.operator.clouds.CloudStatus.Condition;
import dev.croft.operator.clouds.CloudStatus.State;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done so that resources and registry say the same: a function of what is seen, without clock and store, that may be asked
 * again at any moment, by any router, after any part of its last answer was carried out. No answer deletes a private cloud, makes one, or
 * gives it to another account: those are its owner's to do, with their key. So a resource that is deleted comes back without wishes, and
 * one of a name that the registry does not have waits for its owner.
 */
public final class CloudDesk {
    static final String READY = "Ready";
    static final String RECONCILED = "Reconciled";
    /** A report costs a write; that it was used is news once in this time. */
    private static final Duration NEWS = Duration.ofSeconds(60);

    private final Duration rest;

    /** @param rest how long one that is to sleep is unused before it does, so that requests in a row do not wake it each time */
    public CloudDesk(Duration rest) {
        this.rest = rest;
    }

    /**
     * What is seen. The resources are to be listed before the registry: one that says it was registered was, then.
     *
     * @param busy private clouds for which an act of the router is under way
     * @param failed why the router's last act for a private cloud failed, while it is not to be tried again yet
     */
    public record Sight(
            Instant now,
            List<SeenResource> resources,
            List<Registered> registry,
            Set<String> busy,
            Map<String, String> failed) {
        public Sight {
            resources = List.copyOf(resources);
            registry = List.copyOf(registry);
            busy = Set.copyOf(busy);
            failed = Map.copyOf(failed);
        }
    }

    /**
     * What follows.
     *
     * @param held private clouds that are not to sleep from idleness, until the next answer; they make room like others
     */
    public record Answer(List<Act> acts, Set<String> held) {}

    /** Decides. */
    public Answer decide(Sight sight) {
        Map<String, Registered> registry = new HashMap<>();
        sight.registry().forEach(cloud -> registry.put(cloud.id(), cloud));
        List<Act> acts = new ArrayList<>();
        Set<String> held = new HashSet<>();
        Set<String> there = new HashSet<>();
        for (SeenResource resource : sight.resources()) {
            there.add(resource.name());
            if (resource.leaving()) {
                continue; // its wishes are withdrawn; it is made anew when it is gone
            }
            Registered cloud = registry.get(resource.name());
            if (cloud == null) {
                acts.add(absent(sight.now(), resource, "NotMade", "its owner has not made it: only their key can"));
            } else if (cloud.here()) {
                registered(sight, resource, cloud, acts, held);
            } else {
                acts.add(absent(
                        sight.now(), resource, "Elsewhere", "it is at another router, in whose namespace it is shown"));
            }
        }
        acts.removeIf(act -> act instanceof Act.Report report && isOld(report, sight.resources()));
        for (Registered cloud : sight.registry()) {
            if (cloud.here() && !there.contains(cloud.id()) && cloud.state() != State.Deleting) {
                acts.add(new Act.Create(
                        cloud.id(), new CloudSpec(cloud.account(), Desired.Automatic, cloud.hosting(), null)));
            }
        }
        return new Answer(List.copyOf(acts), Set.copyOf(held));
    }

    private static boolean isOld(Act.Report report, List<SeenResource> resources) {
        return resources.stream()
                .anyMatch(seen ->
                        seen.name().equals(report.name()) && seen.status().equals(report.status()));
    }

    private static Act absent(Instant now, SeenResource resource, String reason, String message) {
        if (resource.status().wasRegistered()) {
            return new Act.Remove(resource.name(), resource.uid(), resource.version());
        }
        return new Act.Report(
                resource.name(),
                resource.version(),
                new CloudStatus(
                        resource.generation(),
                        State.Absent,
                        null,
                        null,
                        null,
                        null,
                        null,
                        conditions(
                                now,
                                resource,
                                new Said(READY, false, reason, message),
                                new Said(RECONCILED, false, reason, message))));
    }

    private void registered(Sight sight, SeenResource resource, Registered cloud, List<Act> acts, Set<String> held) {
        CloudSpec spec = resource.spec();
        if (!cloud.account().equals(spec.account())) {
            // The report follows when it is seen corrected: both cannot be of one version.
            acts.add(new Act.Correct(resource.name(), resource.version(), spec.withAccount(cloud.account())));
        }
        Optional<Act> act = act(sight.now(), spec, cloud);
        boolean may = !sight.busy().contains(cloud.id()) && !sight.failed().containsKey(cloud.id());
        if (may) {
            act.ifPresent(acts::add);
        }
        if (isHeld(sight.now(), spec, cloud)) {
            held.add(cloud.id());
        }
        if (cloud.account().equals(spec.account())) {
            Said reconciled = reconciled(spec, cloud, sight.failed().get(cloud.id()));
            acts.add(new Act.Report(
                    resource.name(),
                    resource.version(),
                    new CloudStatus(
                            resource.generation(),
                            cloud.state(),
                            cloud.hosting(),
                            cloud.host(),
                            cloud.pod(),
                            cloud.durability(),
                            lastUsed(resource.status(), cloud.lastUsed()),
                            conditions(sight.now(), resource, ready(cloud), reconciled))));
        }
    }

    private static boolean isHeld(Instant now, CloudSpec spec, Registered cloud) {
        Long idle = spec.idleSeconds();
        return spec.wish() == Desired.Awake
                || spec.wish() == Desired.Automatic
                        && idle != null
                        && unused(now, cloud).toSeconds() < idle;
    }

    private static Duration unused(Instant now, Registered cloud) {
        return Duration.between(cloud.lastUsed(), now);
    }

    private Optional<Act> act(Instant now, CloudSpec spec, Registered cloud) {
        if (cloud.state() == State.Deleting) {
            return Optional.empty();
        }
        if (isElsewhere(spec, cloud) && mayMove(cloud) && !cloud.inUse()) {
            return Optional.of(new Act.Move(cloud.id(), Hosting.Own));
        }
        if (spec.wish() == Desired.Awake) {
            return cloud.state() == State.Asleep && cloud.madeRoom() == null
                    ? Optional.of(new Act.Wake(cloud.id()))
                    : Optional.empty();
        }
        Long idle = spec.idleSeconds();
        if (cloud.state() != State.Awake || cloud.inUse() || spec.wish() == Desired.Automatic && idle == null) {
            return Optional.empty();
        }
        boolean asked = spec.wish() == Desired.Asleep;
        long most = asked || idle == null ? rest.toSeconds() : idle;
        long since = unused(now, cloud).toSeconds();
        return since < most
                ? Optional.empty()
                : Optional.of(new Act.Sleep(
                        cloud.id(),
                        asked
                                ? "its resource asks for sleep"
                                : "unused for " + since + " s, and its resource allows " + most + " s"));
    }

    private static boolean isElsewhere(CloudSpec spec, Registered cloud) {
        return spec.hosting() != null && spec.hosting() != cloud.hosting();
    }

    /**
     * Only to more isolation, never out of it; and only while no host has the key, so that nobody is locked out: whoever brings it next
     * names the new host.
     */
    private static boolean mayMove(Registered cloud) {
        return cloud.hosting() == Hosting.Shared && (cloud.state() == State.Locked || cloud.state() == State.Creating);
    }

    private record Said(String type, boolean yes, String reason, String message) {}

    private static Said ready(Registered cloud) {
        return switch (cloud.state()) {
            case Awake -> new Said(READY, true, "Awake", "");
            case Asleep -> new Said(READY, true, "Asleep", "its next request wakes it");
            case Locked -> new Said(READY, false, "Locked", "no host has its key: its owner must bring it");
            case Creating -> new Said(READY, false, "Creating", "its owner's key was not brought yet");
            case Deleting, Absent -> new Said(READY, false, "Deleting", "its owner deletes it");
        };
    }

    private static Said reconciled(CloudSpec spec, Registered cloud, @Nullable String failure) {
        boolean elsewhere = isElsewhere(spec, cloud) && mayMove(cloud);
        boolean toWake = spec.wish() == Desired.Awake && cloud.state() != State.Awake;
        boolean toSleep = spec.wish() == Desired.Asleep && cloud.state() == State.Awake;
        if (!elsewhere && !toWake && !toSleep || cloud.state() == State.Deleting) {
            return isElsewhere(spec, cloud) && cloud.state() != State.Deleting
                    ? new Said(
                            RECONCILED,
                            false,
                            "OwnerConsentNeeded",
                            cloud.hosting() == Hosting.Own
                                    ? "it has a host of its own, and none shares it because of a resource"
                                    : "its owner's key is for the host that it is on: it moves when it is next locked")
                    : new Said(RECONCILED, true, "AsAsked", "");
        }
        if (failure != null) {
            return new Said(RECONCILED, false, "Failed", failure);
        }
        if (elsewhere || toSleep) {
            return cloud.inUse()
                    ? new Said(RECONCILED, false, "InUse", "done when what is under way in it has ended")
                    : new Said(RECONCILED, false, "UnderWay", elsewhere ? "it moves" : "it goes to sleep");
        }
        if (cloud.state() == State.Asleep && cloud.madeRoom() != null) {
            return new Said(RECONCILED, false, "MadeRoom", cloud.madeRoom());
        }
        return cloud.state() == State.Asleep
                ? new Said(RECONCILED, false, "UnderWay", "it wakes")
                : new Said(RECONCILED, false, "OwnerKeyNeeded", "only its owner's key wakes it");
    }

    private static List<Condition> conditions(Instant now, SeenResource resource, Said... all) {
        List<Condition> conditions = new ArrayList<>();
        for (Said said : all) {
            String status = said.yes() ? "True" : "False";
            String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
            Optional<Condition> before = resource.status().condition(said.type());
            conditions.add(new Condition(
                    said.type(),
                    status,
                    said.reason(),
                    said.message(),
                    before.filter(one -> status.equals(one.status()))
                            .map(Condition::lastTransitionTime)
                            .filter(time -> !time.isEmpty())
                            .orElse(since),
                    resource.generation()));
        }
        return conditions;
    }

    /** As it was reported, unless that is no longer about right. */
    private static String lastUsed(CloudStatus status, Instant now) {
        String reported = status.lastUsed();
        if (reported != null) {
            try {
                if (Duration.between(Instant.parse(reported), now).abs().compareTo(NEWS) < 0) {
                    return reported;
                }
            } catch (DateTimeException e) {
                // Somebody else wrote it.
                return now.truncatedTo(ChronoUnit.SECONDS).toString();
            }
        }
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
