package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.QueryJournal;
import dev.croft.router.registry.Registry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Permission managers that follow the vault's rules, fail by chance, and a router that dies: at a call to one of them, before or after
 * its effect, or at a write to the journal. What fails depends on the seed and the call only, not on the order of threads.
 */
final class SimulatedWorld {

    /** The process is gone: from then on nothing works until it is restarted. */
    static final class Crash extends RuntimeException {
        Crash() {
            super("crash", null, false, false);
        }
    }

    enum State {
        RESERVED,
        PAID,
        REFUNDED
    }

    record Faults(double lostBefore, double lostAfter, double refused, boolean journalCrashes, boolean callCrashes) {
        static final Faults NONE = new Faults(0, 0, 0, false, false);
    }

    final long seed;
    final List<Enrolment> enrolments;
    final long sensitivity;
    final Map<String, State> legs = new TreeMap<>();
    final Map<String, Long> values = new HashMap<>();
    final Map<String, Long> charged = new TreeMap<>();
    final AtomicInteger steps = new AtomicInteger();

    private final Map<String, Instant> expiries = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    private Faults faults = Faults.NONE;
    private Instant now = Instant.parse("2026-11-21T08:00:00Z");
    private boolean dead;
    private int untilCrash = -1;

    SimulatedWorld(long seed, int clouds, long sensitivity) {
        this.seed = seed;
        this.sensitivity = sensitivity;
        this.enrolments = IntStream.range(0, clouds)
                .mapToObj(i -> new Enrolment(String.format("%032x", i), "grant-" + i))
                .toList();
    }

    final Clock clock = new Clock() {
        @Override
        public Instant instant() {
            synchronized (SimulatedWorld.this) {
                if (faults.journalCrashes()) {
                    step();
                }
                if (dead) {
                    throw new Crash();
                }
                return now;
            }
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    };

    synchronized void faults(Faults value, int crashAfter) {
        faults = value;
        untilCrash = crashAfter;
    }

    synchronized void restart(Duration later) {
        dead = false;
        untilCrash = -1;
        faults = Faults.NONE;
        now = now.plus(later);
    }

    private void step() {
        steps.incrementAndGet();
        if (untilCrash >= 0 && untilCrash-- == 0) {
            dead = true;
        }
    }

    Coordinator coordinator(Registry registry, int cohort) {
        return coordinator(registry, ParticipantBudget.NONE, cohort);
    }

    Coordinator coordinator(Registry registry, ParticipantBudget budget, int cohort) {
        return new Coordinator(
                registry.queries(), port, budget, new Coordinator.Limits(cohort, Epsilon.parse("100"), 8), clock);
    }

    QueryJournal.Entry begin(Registry registry, Account account, String id, QueryRequest request) {
        return registry.queries().begin(id, account.id(), QueryJson.write(request));
    }

    private interface Effect<T> {
        Outcome<T> apply(PmPort.Ask ask);
    }

    private <T> Outcome<T> call(String operation, PmPort.Ask ask, Effect<T> effect) {
        synchronized (this) {
            String key = operation + " " + ask.enrolment().cloudId() + " " + ask.legId();
            int attempt = attempts.merge(key, 1, Integer::sum);
            Random chance = new Random(seed * 31
                    + (key.substring(0, key.length() - ask.legId().length())
                                            + ask.legId().substring(ask.legId().length() - 1))
                                    .hashCode()
                            * 7L
                    + attempt);
            chance.nextDouble();
            if (faults.callCrashes()) {
                step();
            }
            if (dead) {
                throw new Crash();
            }
            if (chance.nextDouble() < faults.lostBefore()) {
                return new Outcome.Unreachable<>();
            }
            if (chance.nextDouble() < faults.refused() && !operation.equals("commit") && !operation.equals("refund")) {
                return new Outcome.Refused<>("budget-exhausted");
            }
            Outcome<T> outcome = effect.apply(ask);
            if (faults.callCrashes()) {
                step();
            }
            if (dead) {
                throw new Crash();
            }
            return chance.nextDouble() < faults.lostAfter() ? new Outcome.Unreachable<>() : outcome;
        }
    }

    private String leg(PmPort.Ask ask) {
        String leg = ask.enrolment().cloudId() + "/" + ask.legId();
        Instant expiry = expiries.get(leg);
        if (legs.get(leg) == State.RESERVED && expiry != null && now.isAfter(expiry)) {
            legs.put(leg, State.REFUNDED);
        }
        return leg;
    }

    final PmPort port = new PmPort() {
        @Override
        public List<Enrolment> enrolled(String computation) {
            return enrolments;
        }

        @Override
        public Outcome<Offer> offer(Ask ask) {
            return call("offer", ask, _ -> new Outcome.Done<>(new Offer(sensitivity, "code")));
        }

        @Override
        @SuppressWarnings("NullAway") // Void has no other value
        public Outcome<Void> reserve(Ask ask) {
            return call("reserve", ask, asked -> {
                String leg = leg(asked);
                if (legs.get(leg) == State.REFUNDED || now.isAfter(asked.expires())) {
                    return new Outcome.Refused<>("conflict");
                }
                legs.putIfAbsent(leg, State.RESERVED);
                expiries.putIfAbsent(leg, asked.expires());
                return new Outcome.Done<>(null);
            });
        }

        @Override
        public Outcome<Long> run(Ask ask) {
            return call("run", ask, asked -> {
                String leg = leg(asked);
                State state = legs.get(leg);
                if (state == null || state == State.REFUNDED) {
                    return new Outcome.Refused<>("not-reserved");
                }
                if (state == State.RESERVED) {
                    legs.put(leg, State.PAID);
                    charged.merge(leg, asked.epsilonNanos(), Long::sum);
                    values.put(leg, Math.floorMod(leg.hashCode() * 2654435761L + seed, sensitivity + 1));
                }
                return new Outcome.Done<>(values.getOrDefault(leg, -1L));
            });
        }

        @Override
        public Outcome<Settled> commit(Ask ask) {
            return call(
                    "commit",
                    ask,
                    asked -> legs.get(leg(asked)) == State.PAID
                            ? new Outcome.Done<>(Settled.COMMITTED)
                            : new Outcome.Refused<>("not-reserved"));
        }

        @Override
        public Outcome<Settled> refund(Ask ask) {
            return call("refund", ask, asked -> {
                String leg = leg(asked);
                if (legs.get(leg) == State.PAID) {
                    return new Outcome.Done<>(Settled.COMMITTED);
                }
                legs.put(leg, State.REFUNDED);
                return new Outcome.Done<>(Settled.RELEASED);
            });
        }
    };
}
