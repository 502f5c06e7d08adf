package dev.croft.budget.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.scheduling.BlockAccount.Rule;
import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The indexed queue decides what sorting everything each time would, event by event. */
class IndexedQueueTest {
    enum Setting {
        BASIC_BY_NUMBER(
                new Dpf.Counting(Rule.ALL, true, 1e-8, 0), 1, Dpf.Order.EPSILON, Dpf.Retirement.REFUSE_BY_ENDS, false),
        BASIC_BY_TIME(
                new Dpf.Counting(Rule.ALL, true, 1e-8, 0), 1, Dpf.Order.EPSILON, Dpf.Retirement.REFUSE_BY_OLDEST, true),
        EPSILON_DELTA(
                new Dpf.Counting(Rule.ALL, false, 0, 0x1p-30),
                2,
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.REFUSE,
                false),
        EPSILON_DELTA_BY_TIME(
                new Dpf.Counting(Rule.ALL, false, 0, 0x1p-30), 2, Dpf.Order.LEXICOGRAPHIC, Dpf.Retirement.REFUSE, true),
        RENYI(
                new Dpf.Counting(Rule.ANY, false, 0, 0),
                4,
                Dpf.Order.DOMINANT_SHARE,
                Dpf.Retirement.REFUSE_IN_TURN,
                false),
        RENYI_BY_TIME(
                new Dpf.Counting(Rule.ANY, false, 0, 0),
                4,
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.REFUSE_IN_TURN,
                true),
        RENYI_STRICT(
                new Dpf.Counting(Rule.ANY, false, 0, 0x1p-30),
                4,
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.REFUSE,
                false),
        SERVICE(new Dpf.Counting(Rule.ALL, false, 0, 0x1p-30), 2, Dpf.Order.LEXICOGRAPHIC, Dpf.Retirement.WAIT, false),
        SERVICE_RENYI(
                new Dpf.Counting(Rule.ANY, false, 0, 0x1p-30), 4, Dpf.Order.LEXICOGRAPHIC, Dpf.Retirement.WAIT, false);

        final Dpf.Counting counting;
        final int dimensions;
        final Dpf.Order order;
        final Dpf.Retirement retirement;
        final boolean byTime;

        Setting(Dpf.Counting counting, int dimensions, Dpf.Order order, Dpf.Retirement retirement, boolean byTime) {
            this.counting = counting;
            this.dimensions = dimensions;
            this.order = order;
            this.retirement = retirement;
            this.byTime = byTime;
        }

        Dpf make(Function<WaitingQueue.Context, WaitingQueue> queue, double n, List<String> log) {
            Dpf.Unlocking unlocking = byTime ? new Dpf.Unlocking.PerTick(n, 1) : new Dpf.Unlocking.PerArrival(n);
            return new Dpf(unlocking, counting, order, retirement, new Log(log), queue);
        }
    }

    private record Log(List<String> lines) implements Scheduler.Decisions {
        @Override
        public void granted(Claim claim) {
            lines.add("granted " + claim.id());
        }

        @Override
        public void refused(Claim claim, Scheduler.Refused reason) {
            lines.add("refused " + claim.id() + " " + reason);
        }
    }

    private record Story(int n, List<Consumer<Scheduler>> events, List<String> names) {
        @Override
        public String toString() {
            return "n=" + n + " " + names;
        }
    }

    @ParameterizedTest
    @EnumSource
    void decidesAsAFullSortWould(Setting setting) {
        Property.forAll(100 + setting.ordinal(), 1_500, choices -> story(choices, setting), story -> {
            var indexed = new ArrayList<String>();
            var resorted = new ArrayList<String>();
            Dpf fast = setting.make(IndexedQueue::new, story.n, indexed);
            Dpf plain = setting.make(ResortingQueue::sorted, story.n, resorted);
            int event = 0;
            for (Consumer<Scheduler> step : story.events) {
                step.accept(fast);
                step.accept(plain);
                assertThat(indexed).as("after event " + event++).isEqualTo(resorted);
                assertThat(fast.waiting()).isEqualTo(plain.waiting());
            }
        });
    }

    private static Story story(Choices choices, Setting setting) {
        var events = new ArrayList<Consumer<Scheduler>>();
        var names = new ArrayList<String>();
        int n = choices.between(1, 12);
        var total = new double[setting.dimensions];
        for (int i = 0; i < total.length; i++) total[i] = choices.between(i == 0 ? 1 : 0, 8) / 8.0;
        int created = 0;
        var claims = new ArrayList<Claim>();
        int count = choices.between(1, 50);
        for (int at = 0; at < count; at++) {
            double now = at;
            int kind = created == 0 ? 0 : choices.between(0, 11);
            if (kind == 0 && created < 6) {
                events.add(s -> s.blockCreated(total, now));
                names.add("block " + created++);
            } else if (kind == 1) {
                int block = choices.between(0, created - 1);
                events.add(s -> s.blockRetired(block));
                names.add("retire " + block);
            } else if (kind == 2 && !claims.isEmpty()) {
                Claim claim = choices.oneOf(claims);
                events.add(s -> s.expired(claim));
                names.add("expire " + claim.id());
            } else if (kind == 3 && setting.byTime) {
                events.add(s -> {
                    s.tick(now);
                    s.settle();
                });
                names.add("tick");
            } else {
                int first = choices.between(0, created - 1);
                int[] blocks = IntStream.rangeClosed(first, choices.between(first, created - 1))
                        .toArray();
                boolean alike = choices.chance(60);
                var demands = new double[alike ? 1 : blocks.length][];
                for (int i = 0; i < demands.length; i++) demands[i] = demand(choices, setting.dimensions);
                var claim = new Claim(claims.size(), blocks, demands, 1);
                claims.add(claim);
                boolean settle = choices.chance(85);
                events.add(s -> {
                    s.arrived(claim, now);
                    if (settle) s.settle();
                });
                names.add("claim " + claim.id() + " on " + first + "+" + blocks.length + " asks "
                        + Arrays.deepToString(demands) + (settle ? "" : " unsettled"));
            }
        }
        return new Story(n, events, names);
    }

    /** Multiples of 1/64, so that ties and exact fits happen. */
    private static double[] demand(Choices choices, int dimensions) {
        var demand = new double[dimensions];
        demand[0] = choices.between(1, 20) / 64.0;
        for (int i = 1; i < dimensions; i++) demand[i] = choices.between(0, 24) / 64.0;
        return demand;
    }
}
