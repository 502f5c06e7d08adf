package dev.croft.vault.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.Epsilon;
import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Span;
import dev.croft.vault.store.Capsules;
import dev.croft.vault.store.OwnerCapsule;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budget cut by windows of time: a query pays from every window that its time touches, and from none if one cannot pay. */
class BudgetWindowsTest {
    private static final int DAYS = 10;
    private static final long SECONDS = Duration.ofDays(DAYS).toSeconds();
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Epsilon PLENTY = Epsilon.parse("1000000");
    private static final String DIGEST = "d".repeat(22);

    @TempDir
    Path directory;

    private final AtomicInteger made = new AtomicInteger();
    private final OwnerKey key = OwnerKey.generate();

    private record Step(long firstTick, long ticks, int tenths, int ending) {
        /** A tick is a quarter of a window, so that many spans begin or end exactly where a window does. */
        Span span() {
            return new Span(firstTick * SECONDS / 4.0, (firstTick + ticks) * SECONDS / 4.0);
        }

        /** The windows that have a moment in [from, to). */
        List<Long> windows() {
            List<Long> windows = new ArrayList<>();
            for (long tick = firstTick; tick < firstTick + ticks; tick++) {
                long window = Math.floorDiv(tick, 4L);
                if (!windows.contains(window)) {
                    windows.add(window);
                }
            }
            return windows;
        }
    }

    private static List<Step> steps(Choices choices) {
        List<Step> steps = new ArrayList<>();
        int count = choices.between(1, 12);
        for (int i = 0; i < count; i++) {
            steps.add(new Step(
                    choices.between(-12, 12), choices.between(1, 10), choices.between(1, 11), choices.between(0, 2)));
        }
        return steps;
    }

    private Path fresh() {
        Path cloud = directory.resolve("c" + made.incrementAndGet());
        Capsules.create(cloud, key).close();
        return cloud;
    }

    private static Map<String, Long> tenths(BudgetBook book) {
        Map<String, Long> available = new TreeMap<>();
        for (BudgetStatus.Block block : book.status().blocks()) {
            available.put(block.id(), block.available().nanos() / 100_000_000);
        }
        return available;
    }

    @Test
    void eachQueryPaysFromTheWindowsItTouchesOrFromNone() {
        BudgetPolicy policy = new BudgetPolicy(Epsilon.parse("1"), DAYS);
        Property.forAll(71, 60, BudgetWindowsTest::steps, steps -> {
            Path cloud = fresh();
            Map<String, Long> model = new TreeMap<>();
            try (Capsules capsules = Capsules.open(cloud, key)) {
                var book = new BudgetBook(capsules.get(OwnerCapsule.BUDGET), policy, InstantSource.fixed(NOW));
                int query = 0;
                for (Step step : steps) {
                    List<String> touched = step.windows().stream()
                            .map(window -> "days-" + DAYS + "-" + window)
                            .toList();
                    boolean affordable = touched.stream().allMatch(id -> model.getOrDefault(id, 10L) >= step.tenths);
                    var named = new BudgetBook.Key("grant-0001", "query-" + query++, DIGEST);
                    Epsilon amount = new Epsilon(step.tenths * 100_000_000L);
                    try {
                        book.reserve(named, step.span(), amount, PLENTY, NOW.plusSeconds(60));
                        assertThat(affordable).as("%s", step).isTrue();
                    } catch (ProblemException refused) {
                        assertThat(refused.code()).isEqualTo(ProblemCode.BUDGET_EXHAUSTED);
                        assertThat(affordable).as("%s", step).isFalse();
                        assertThat(tenths(book)).as("after a refusal").isEqualTo(model);
                        continue;
                    }
                    touched.forEach(id -> model.put(id, model.getOrDefault(id, 10L) - step.tenths));
                    assertThat(tenths(book)).isEqualTo(model);
                    switch (step.ending) {
                        case 0 -> book.commit(named);
                        case 1 -> {
                            book.refund(named);
                            touched.forEach(id -> model.merge(id, (long) step.tenths, Long::sum));
                        }
                        default -> {
                            // It stays reserved.
                        }
                    }
                    assertThat(tenths(book)).isEqualTo(model);
                }
            }
            try (Capsules capsules = Capsules.open(cloud, key)) {
                var again = new BudgetBook(capsules.get(OwnerCapsule.BUDGET), policy, InstantSource.fixed(NOW));
                assertThat(tenths(again)).as("after it was read again").isEqualTo(model);
            }
        });
    }

    private static BudgetStatus.Block spent(String epsilon) {
        return new BudgetStatus.Block(
                "all", null, Epsilon.parse("1"), Epsilon.ZERO, Epsilon.parse(epsilon), Epsilon.ZERO);
    }

    @Test
    void whatWasSpentElsewhereIsNotTakenFromWhatIsSetAsideAndMayComeBack() {
        BudgetPolicy policy = new BudgetPolicy(Epsilon.parse("1"), null);
        try (Capsules capsules = Capsules.open(fresh(), key)) {
            var book = new BudgetBook(capsules.get(OwnerCapsule.BUDGET), policy, InstantSource.fixed(NOW));
            var held = new BudgetBook.Key("grant-0001", "query-1", DIGEST);
            book.reserve(held, Span.ALL, Epsilon.parse("0.8"), PLENTY, NOW.plusSeconds(60));
            var elsewhere = new BudgetStatus(policy, List.of(spent("0.7")));
            assertThatThrownBy(() -> book.spend(elsewhere))
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.CONFLICT));
            book.refund(held);
            // The same block twice is no way to say less.
            assertThat(book.spend(new BudgetStatus(policy, List.of(spent("0.7"), spent("0.1")))))
                    .isEqualTo(1);
            assertThat(tenths(book)).containsExactly(Map.entry("all", 3L));
            assertThat(book.spend(elsewhere)).isZero();
        }
    }

    @Test
    void whatIsRefusedLeavesNothingInTheLedger() {
        try (Capsules capsules = Capsules.open(fresh(), key)) {
            var book = new BudgetBook(
                    capsules.get(OwnerCapsule.BUDGET),
                    new BudgetPolicy(Epsilon.parse("1"), 1),
                    InstantSource.fixed(NOW));
            for (int i = 0; i < 20; i++) {
                var named = new BudgetBook.Key("grant-0001", "query-" + i, DIGEST);
                var far = new Span(i * 1e8, i * 1e8 + 500 * 86_400);
                refused(
                        ProblemCode.BUDGET_EXHAUSTED,
                        () -> book.reserve(named, far, Epsilon.parse("1.1"), PLENTY, NOW));
            }
            assertThat(book.events()).isEmpty();
            var named = new BudgetBook.Key("grant-0001", "query-x", DIGEST);
            for (Span wide : List.of(Span.ALL, new Span(0, 1001 * 86_400.0), new Span(-1e15, -9e14))) {
                refused(
                        ProblemCode.INVALID_PARAMETERS,
                        () -> book.reserve(named, wide, Epsilon.parse("0.1"), PLENTY, NOW.plusSeconds(9)));
                refused(
                        ProblemCode.INVALID_PARAMETERS,
                        () -> book.requireAffordable("grant-0001", wide, Epsilon.parse("0.1"), PLENTY));
            }
            book.reserve(named, new Span(0, 1000 * 86_400.0), Epsilon.parse("0.1"), PLENTY, NOW.plusSeconds(9));
            assertThat(book.status().blocks()).hasSize(1000);
        }
    }

    private static void refused(ProblemCode code, ThrowableAssert.ThrowingCallable attempt) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
