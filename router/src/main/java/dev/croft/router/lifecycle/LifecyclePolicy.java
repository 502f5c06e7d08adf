package dev.croft.router.lifecycle;

import dev.croft.router.lifecycle.Decision.Action;
import dev.croft.router.lifecycle.Decision.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which private clouds stay awake. A pure function of what is known: no clock, no store. What is in use stays; what is wished awake is never
 * idle. Then, in this order: what was
 * idle for too long sleeps, what was awake for too long, what is beyond its account's number. If that leaves too many for the machine, one
 * after the other sleeps, each time the longest unused of the account with the largest share awake for its weight, so that no account is
 * pushed out by another's number.
 */
public final class LifecyclePolicy {
    private static final Comparator<Demand> LONGEST_UNUSED =
            Comparator.comparing(Demand::lastUsed).thenComparing(Demand::cloud);

    private final Duration idle;
    private final Map<String, AccountPolicy> policies;

    /**
     * @param idle the installation's idle time
     * @param policies by account, for those that have one of their own
     */
    public LifecyclePolicy(Duration idle, Map<String, AccountPolicy> policies) {
        this.idle = idle;
        this.policies = Map.copyOf(policies);
    }

    /**
     * What the machine bears.
     *
     * @param mostAwake how many may be awake
     * @param toFree how many must sleep because memory is short, 0 if it is not
     */
    public record Room(int mostAwake, int toFree) {
        /** No bound. */
        public static final Room AMPLE = new Room(Integer.MAX_VALUE, 0);
    }

    /** The policy of an account. */
    public AccountPolicy of(String account) {
        return policies.getOrDefault(account, AccountPolicy.STANDARD);
    }

    /**
     * Decides.
     *
     * @param demands each private cloud that is awake, once, in any order
     * @return one decision for each, in the order of their ids
     */
    public List<Decision> decide(Instant now, Room room, List<Demand> demands) {
        Map<String, Decision> decided = new HashMap<>();
        List<Demand> left = new ArrayList<>();
        for (Demand demand : demands) {
            Optional<Decision> alone = alone(now, demand);
            alone.ifPresentOrElse(decision -> decided.put(demand.cloud(), decision), () -> left.add(demand));
        }
        left.sort(LONGEST_UNUSED);
        Map<String, Integer> awake = new HashMap<>();
        demands.stream()
                .filter(demand -> !decided.containsKey(demand.cloud())
                        || decided.get(demand.cloud()).action() == Action.KEEP)
                .forEach(demand -> awake.merge(demand.account(), 1, Integer::sum));
        withinAccounts(left, awake, decided);
        withinRoom(room, left, awake, decided);
        for (Demand demand : left) {
            decided.put(demand.cloud(), kept(now, demand));
        }
        return decided.values().stream()
                .sorted(Comparator.comparing(Decision::cloud))
                .toList();
    }

    private Optional<Decision> alone(Instant now, Demand demand) {
        if (demand.inUse()) {
            return Optional.of(
                    new Decision(demand.cloud(), Action.KEEP, Reason.IN_USE, "something is under way in it"));
        }
        AccountPolicy policy = of(demand.account());
        long unused = seconds(demand.lastUsed(), now);
        long most = policy.idle(idle).toSeconds();
        if (unused >= most && !demand.held()) {
            return Optional.of(
                    asleep(demand, Reason.IDLE, "unused for " + unused + " s, and " + most + " s are allowed"));
        }
        long awake = seconds(demand.awakeSince(), now);
        Long longest = policy.awakeSeconds();
        return longest == null || awake < longest
                ? Optional.empty()
                : Optional.of(asleep(
                        demand, Reason.WALL_CLOCK, "awake for " + awake + " s, and " + longest + " s are allowed"));
    }

    private void withinAccounts(List<Demand> left, Map<String, Integer> awake, Map<String, Decision> decided) {
        for (Demand demand : List.copyOf(left)) {
            Integer most = of(demand.account()).mostAwake();
            int now = awake.getOrDefault(demand.account(), 0);
            if (most != null && now > most) {
                decided.put(
                        demand.cloud(),
                        asleep(
                                demand,
                                Reason.ACCOUNT_LIMIT,
                                "the longest unused of " + now + " awake, and the account may have " + most));
                left.remove(demand);
                awake.put(demand.account(), now - 1);
            }
        }
    }

    private void withinRoom(Room room, List<Demand> left, Map<String, Integer> awake, Map<String, Decision> decided) {
        int all = awake.values().stream().mapToInt(Integer::intValue).sum();
        int crowded = Math.max(0, all - room.mostAwake());
        int already = (int) decided.values().stream()
                .filter(decision -> decision.action() != Action.KEEP)
                .count();
        int forMemory = Math.max(0, room.toFree() - already);
        for (int i = 0; i < Math.max(crowded, forMemory) && !left.isEmpty(); i++) {
            // The first of the largest share: left is in the order of how long each was unused.
            Demand chosen = left.stream()
                    .max(Comparator.comparingDouble((Demand demand) -> share(demand, awake))
                            .thenComparing(LONGEST_UNUSED.reversed()))
                    .orElseThrow();
            int its = awake.getOrDefault(chosen.account(), 0);
            String detail = "its account has " + its + " of " + (all - i) + " awake at weight "
                    + of(chosen.account()).share() + ", the largest share, and it was unused the longest of them";
            decided.put(chosen.cloud(), asleep(chosen, i < crowded ? Reason.CROWDED : Reason.MEMORY, detail));
            left.remove(chosen);
            awake.put(chosen.account(), its - 1);
        }
    }

    private double share(Demand demand, Map<String, Integer> awake) {
        return (double) awake.getOrDefault(demand.account(), 0)
                / of(demand.account()).share();
    }

    private Decision kept(Instant now, Demand demand) {
        AccountPolicy policy = of(demand.account());
        long most = policy.idle(idle).toSeconds();
        String bound = policy.awakeSeconds() == null
                ? ""
                : ", awake for " + seconds(demand.awakeSince(), now) + " s of " + policy.awakeSeconds() + " s";
        return new Decision(
                demand.cloud(),
                Action.KEEP,
                Reason.RECENTLY_USED,
                demand.held()
                        ? "a resource of the cluster wishes it awake" + bound
                        : "unused for " + seconds(demand.lastUsed(), now) + " s of " + most + " s" + bound);
    }

    private static Decision asleep(Demand demand, Reason reason, String detail) {
        return new Decision(demand.cloud(), demand.ownProcess() ? Action.STOP : Action.HIBERNATE, reason, detail);
    }

    /** Whole seconds, none if the clock went back. */
    private static long seconds(Instant from, Instant to) {
        return Math.max(0, Duration.between(from, to).toSeconds());
    }
}
