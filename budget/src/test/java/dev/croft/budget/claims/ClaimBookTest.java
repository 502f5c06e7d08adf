package dev.croft.budget.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Mechanism;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Life cycle, bad input, and the defects of the reference (its section of known problems) that cannot happen here. */
class ClaimBookTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Orders NINE = Orders.of(3, 4, 5, 6, 8, 16, 32, 64, 1e6);

    private final ClaimBook book = new ClaimBook(new Composition.EpsilonDelta(), new Dpf.Unlocking.PerArrival(5));

    @Test
    void theBaseDemoEndsAsInTheReference() {
        book.createBlock(block("b", Cost.of(5, 1e-4)));
        ClaimView claim = submit("claim-1", Cost.of(0.01, 1e-8), "b");
        assertThat(claim.state()).isEqualTo(ClaimState.ALLOCATED);
        BlockView block = book.findBlock("b").orElseThrow();
        assertThat(block.locked()[0]).isEqualTo(4e9);
        assertThat(block.locked()[1]).isEqualTo(8e-5 * 1e15);
        assertThat(block.unlocked()[0]).isEqualTo(0.99e9);
        // The reference updates the block but leaves the claim saying nothing was consumed (7.2).
        claim = book.consume("claim-1", "all", claim.allocated());
        assertThat(claim.consumed().get("b")).isEqualTo(Cost.of(0.01, 1e-8));
        assertThat(book.findBlock("b").orElseThrow().consumed()[0]).isEqualTo(0.01e9);
    }

    @Test
    void partsAreConsumedAndTheRestGivenBackToWhoWaits() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        for (int i = 0; i < 4; i++) submit("small-" + i, Cost.of(0.01, 0), "b");
        submit("large", Cost.of(0.6, 0), "b");
        assertThat(submit("late", Cost.of(0.5, 0), "b").state()).isEqualTo(ClaimState.WAITING);
        assertThat(book.find("late").orElseThrow().waitingFor()).isEqualTo("b");
        book.consume("large", "first", Map.of("b", Cost.of(0.25, 0)));
        assertThat(book.find("late").orElseThrow().state()).isEqualTo(ClaimState.WAITING);
        assertThat(book.release("large", T0).state()).isEqualTo(ClaimState.SETTLED);
        assertThat(book.find("late").orElseThrow().state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(book.release("large", T0).state()).isEqualTo(ClaimState.SETTLED);
        assertThatThrownBy(() -> book.consume("large", "second", Map.of("b", Cost.of(0.1, 0))))
                .hasMessageStartingWith("claim.state");
    }

    @Test
    void aClaimGivesUpAndALeaseEnds() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        submit("holder", Cost.of(0.2, 0), "b");
        submit("waits", Cost.of(0.9, 0), "b");
        book.advance(T0.plusSeconds(60));
        assertThat(book.find("waits").orElseThrow().state()).isEqualTo(ClaimState.TIMED_OUT);
        book.advance(T0.plusSeconds(600));
        // An owner that died does not keep budget for ever (7.16).
        assertThat(book.find("holder").orElseThrow().state()).isEqualTo(ClaimState.SETTLED);
        assertThat(book.findBlock("b").orElseThrow().allocated()[0]).isZero();
        assertThatThrownBy(() -> book.advance(T0)).hasMessageStartingWith("now: OUT_OF_RANGE");
    }

    @Test
    void aWeightCountsAsPriority() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        submit("first", Cost.of(0.7, 0), "b");
        submit("light", Cost.of(0.45, 0), "b");
        var heavy = new ClaimRequest(
                "heavy",
                new Selector.Named(List.of("b")),
                Cost.of(0.55, 0),
                2,
                Duration.ofSeconds(60),
                Duration.ofSeconds(300));
        // 0.6 is unlocked: asking 0.55 with weight 2 comes before asking 0.45.
        assertThat(book.submit(heavy, T0).state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(book.find("light").orElseThrow().state()).isEqualTo(ClaimState.WAITING);
    }

    @Test
    void sendingAgainChangesNothingAndSomethingElseIsRefused() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        book.createBlock(block("b", Cost.of(1, 0.5)));
        ClaimView first = submit("c", Cost.of(0.2, 0), "b");
        assertThat(submit("c", Cost.of(0.2, 0), "b")).isEqualTo(first);
        assertThatThrownBy(() -> submit("c", Cost.of(0.1, 0), "b")).hasMessageStartingWith("claim.id: DUPLICATE");
        ClaimView once = book.consume("c", "k", Map.of("b", Cost.of(0.1, 0)));
        assertThat(book.consume("c", "k", Map.of("b", Cost.of(0.1, 0)))).isEqualTo(once);
        assertThatThrownBy(() -> book.consume("c", "k", Map.of("b", Cost.of(0.05, 0))))
                .hasMessageStartingWith("consume.key: DUPLICATE");
        assertThatThrownBy(() -> book.createBlock(block("b", Cost.of(2, 0.5))))
                .hasMessageStartingWith("block.id: DUPLICATE");
    }

    @Test
    void aBlockInUseIsNotDeletedAndADeletedOneKeepsItsHistory() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        submit("c", Cost.of(0.2, 0), "b");
        assertThatThrownBy(() -> book.deleteBlock("b")).hasMessageStartingWith("block.id: OUT_OF_RANGE");
        book.consume("c", "k", Map.of("b", Cost.of(0.1, 0)));
        book.release("c", T0);
        book.deleteBlock("b");
        assertThatThrownBy(() -> submit("d", Cost.of(0.1, 0), "b")).hasMessageStartingWith("blocks: UNKNOWN");
        // Exhausted or deleted, the trail of what was consumed stays (7.12).
        assertThat(book.findBlock("b").orElseThrow().consumed()[0]).isEqualTo(0.1e9);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -1, Double.POSITIVE_INFINITY})
    void anAmountWithoutMeaningIsRefusedByItsField(double bad) {
        assertThatThrownBy(() -> Cost.of(bad, 0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("epsilon");
        assertThatThrownBy(() -> Cost.of(RenyiCurve.of(Orders.of(2), bad))).hasMessageStartingWith("epsilons");
    }

    @Test
    void badInputIsRefusedAndTheSchedulerGoesOn() {
        book.createBlock(block("b", Cost.of(1, 0.5)));
        // A claim of the other composition stops the reference's scheduler for everyone (7.4).
        assertThatThrownBy(() -> submit("x", Cost.of(RenyiCurve.of(NINE, new double[9])), "b"))
                .hasMessageStartingWith("demand: MALFORMED");
        assertThatThrownBy(() -> submit("x", Cost.of(0, 0), "b")).hasMessageStartingWith("demand: ZERO");
        assertThatThrownBy(() -> submit("x", Cost.of(1e30, 0), "b")).hasMessageStartingWith("demand: OVERFLOW");
        assertThatThrownBy(() -> submit("x", Cost.of(0.1, 0), "nowhere")).hasMessageStartingWith("blocks: UNKNOWN");
        assertThatThrownBy(() -> submit("x", Cost.of(0.1, 0), "b", "b")).hasMessageStartingWith("blocks: DUPLICATE");
        assertThatThrownBy(() -> submit("x", Cost.of(0.1, 0))).hasMessageStartingWith("blocks: EMPTY");
        assertThatThrownBy(() -> book.release("x", T0)).hasMessageStartingWith("claim.id: UNKNOWN");
        submit("c", Cost.of(0.1, 0), "b");
        // Consuming an unknown block is a null dereference there (7.4), releasing a negative amount doubles it (7.5).
        assertThatThrownBy(() -> book.consume("c", "k", Map.of("elsewhere", Cost.of(0.1, 0))))
                .hasMessageStartingWith("consume.elsewhere: UNKNOWN");
        assertThatThrownBy(() -> book.consume("c", "k", Map.of("b", Cost.of(0.2, 0))))
                .hasMessageStartingWith("consume.b: OVERFLOW");
        assertThatThrownBy(() -> book.consume("c", "k", Map.of())).hasMessageStartingWith("consume: EMPTY");
        assertThat(submit("d", Cost.of(0.1, 0), "b").state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(submit("huge", Cost.of(2, 0), "b").state()).isEqualTo(ClaimState.REFUSED);
    }

    @Test
    void aClaimWithFewOrdersIsRefusedAndStripsNoneFromTheBlock() {
        var renyi = new ClaimBook(new Composition.Renyi(NINE), new Dpf.Unlocking.PerArrival(5));
        var total = RenyiCurve.budget(NINE, new ApproxDp(5, 1e-4));
        renyi.createBlock(block("b", Cost.of(total)));
        assertThatThrownBy(() -> renyi.submit(request("x", Cost.of(RenyiCurve.of(Orders.of(4), 0.001)), "b"), T0))
                .hasMessageStartingWith("demand.orders: MALFORMED");
        // Exactly what is unlocked is granted (7.10), zero orders of a block do no harm.
        var fifth = RenyiCurve.from(NINE, alpha -> Math.floor(total.at(NINE.indexOf(alpha)) / 5 * 1e9) / 1e9);
        assertThat(renyi.submit(request("c", Cost.of(fifth), "b"), T0).state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(renyi.findBlock("b").orElseThrow().unlocked()).hasSize(9);
    }

    @Test
    void whatIsClaimedFarBeyondAnOrdersTotalCanStillBeConsumedInParts() {
        Orders orders = Orders.of(2, 64);
        var renyi = new ClaimBook(new Composition.Renyi(orders), new Dpf.Unlocking.PerArrival(1));
        renyi.createBlock(block("b", Cost.of(RenyiCurve.of(orders, 0.1, 1))));
        renyi.submit(request("c", Cost.of(RenyiCurve.of(orders, 4, 0.8)), "b"), T0);
        for (int i = 0; i < 8; i++) renyi.consume("c", "k" + i, Map.of("b", Cost.of(RenyiCurve.of(orders, 0.5, 0.1))));
        BlockView used = renyi.findBlock("b").orElseThrow();
        assertThat(used.consumed()[0]).isGreaterThan(used.total()[0]);
        assertThat(used.consumed()[1]).isEqualTo(0.8e9);
        assertThatThrownBy(() -> renyi.consume("c", "more", Map.of("b", Cost.of(RenyiCurve.of(orders, 0, 0.1)))))
                .hasMessageStartingWith("consume.b: OVERFLOW");
    }

    @Test
    void everyTransitionIsInTheTableAndNoOther() {
        for (ClaimState state : ClaimState.values())
            for (ClaimState.Event event : ClaimState.Event.values())
                assertThat(state.after(event).isPresent())
                        .as(state + " " + event)
                        .isEqualTo(
                                switch (state) {
                                    case WAITING -> event != ClaimState.Event.CONSUME;
                                    case ALLOCATED ->
                                        event == ClaimState.Event.CONSUME
                                                || event == ClaimState.Event.RELEASE
                                                || event == ClaimState.Event.TIME_OUT;
                                    default -> false;
                                });
    }

    @Test
    void blocksAreSelectedByNameWindowAgeAndCondition() {
        var stream = new BlockStream("trips", BlockStream.By.USER_TIME, Duration.ofHours(1), Cost.of(1, 0.1));
        for (int hour = 0; hour < 4; hour++)
            for (String user : List.of("ann", "bob")) stream.observe(book, user, T0.plusSeconds(3600L * hour + 7));
        stream.observe(book, "ann", T0.plusSeconds(8));
        assertThat(book.blocks()).hasSize(8);
        assertThat(on(new Selector.Newest("trips", 3)))
                .hasSize(3)
                .allMatch(id -> id.contains("T02") || id.contains("T03"));
        assertThat(on(new Selector.Within("trips", new TimeWindow(T0, T0.plusSeconds(3601)))))
                .hasSize(4);
        assertThat(on(new Selector.Matching(spec -> "ann".equals(spec.labels().get("user")))))
                .hasSize(4);
        assertThatThrownBy(() -> on(new Selector.Newest("trips", 9))).hasMessageStartingWith("blocks.count");
        assertThat(new BlockStream("d", BlockStream.By.USER, Duration.ZERO, Cost.of(1, 0))
                        .blockOf("u", T0)
                        .id())
                .isEqualTo("d/u");
    }

    private Set<String> on(Selector selector) {
        var request = new ClaimRequest(
                "s" + System.identityHashCode(selector),
                selector,
                Cost.of(1e-6, 0),
                1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));
        return book.submit(request, T0).allocated().keySet();
    }

    @Test
    void theCountOfUsersIsCloseAndGoesOnAfterARestart() {
        var counter = new TreeCounter(Epsilon.parse("1"), 1000, new Random(5));
        BigInteger last = BigInteger.ZERO;
        for (int tick = 0; tick < 500; tick++) last = counter.tick(10);
        var resumed = new TreeCounter(Epsilon.parse("1"), 1000, new Random(6));
        resumed.resume(counter.state());
        for (int tick = 500; tick < 1000; tick++) last = resumed.tick(10);
        // At most ten nodes of scale 10 each: far less than 1,000 off, except with probability below 1e-9.
        assertThat(last.intValue()).isBetween(9_000, 11_000);
        assertThatThrownBy(() -> resumed.tick(1)).hasMessageStartingWith("ticks: TOO_MANY");
    }

    @Test
    void noSequenceOfCallsBreaksAnAccountAndTheSameCallsGiveTheSameState() {
        Property.forAll(77, 800, ClaimBookTest::calls, calls -> {
            for (boolean renyi : new boolean[] {false, true}) {
                List<ClaimBook> books = List.of(bookOf(renyi), bookOf(renyi));
                for (ClaimBook each : books)
                    for (Consumer<ClaimBook> call : calls) {
                        try {
                            call.accept(each);
                        } catch (InvalidInputException refused) {
                            assertThat(refused.field()).isNotEmpty();
                        }
                        for (BlockView block : each.blocks()) assertSound(block, renyi);
                    }
                assertThat(describe(books.get(0))).isEqualTo(describe(books.get(1)));
            }
        });
    }

    private static String describe(ClaimBook book) {
        var text = new StringBuilder();
        for (BlockView b : book.blocks())
            text.append(Arrays.toString(b.unlocked()))
                    .append(Arrays.toString(b.allocated()))
                    .append(Arrays.toString(b.consumed()));
        for (int i = 0; i < 8; i++) text.append(book.find("c" + i));
        return text.toString();
    }

    private static void assertSound(BlockView b, boolean renyi) {
        var within = new HashSet<Boolean>();
        for (int i = 0; i < b.total().length; i++) {
            // Exact: everything is a whole number of steps.
            assertThat(b.locked()[i] + b.unlocked()[i] + b.allocated()[i] + b.consumed()[i])
                    .isEqualTo(b.total()[i]);
            assertThat(b.locked()[i]).isNotNegative();
            assertThat(b.allocated()[i]).isNotNegative();
            within.add(b.allocated()[i] + b.consumed()[i] <= b.total()[i]);
        }
        assertThat(renyi ? within.contains(true) : !within.contains(false)).isTrue();
    }

    private static ClaimBook bookOf(boolean renyi) {
        var book = new ClaimBook(
                renyi ? new Composition.Renyi(NINE) : new Composition.EpsilonDelta(), new Dpf.Unlocking.PerArrival(3));
        for (String id : List.of("a", "b", "c"))
            book.createBlock(block(
                    id, renyi ? Cost.of(RenyiCurve.budget(NINE, new ApproxDp(2, 1e-6))) : Cost.of(1, 1e-6)));
        return book;
    }

    private static List<Consumer<ClaimBook>> calls(Choices c) {
        var calls = new ArrayList<Consumer<ClaimBook>>();
        int count = c.between(1, 40);
        long now = 0;
        for (int i = 0; i < count; i++) {
            now += c.below(8);
            Instant at = T0.plusSeconds(now);
            String id = "c" + c.below(8);
            double size = (1 + c.below(100)) / 100.0;
            List<String> blocks = List.of("a", "b", "c").subList(c.between(0, 2), 3);
            String key = "k" + c.below(3);
            switch (c.between(0, 5)) {
                case 0, 1, 2 ->
                    calls.add(b -> b.submit(
                            new ClaimRequest(
                                    id,
                                    new Selector.Named(blocks),
                                    cost(b, size),
                                    1,
                                    Duration.ofSeconds(20),
                                    Duration.ofSeconds(40)),
                            at));
                case 3 -> calls.add(b -> b.consume(id, key, Map.of(blocks.getFirst(), cost(b, size / 3))));
                case 4 -> calls.add(b -> b.release(id, at));
                default -> calls.add(b -> b.advance(at));
            }
        }
        return calls;
    }

    private static Cost cost(ClaimBook book, double size) {
        boolean renyi = book.blocks().getFirst().total().length > 2;
        return renyi ? Cost.of(new Mechanism.Gaussian(4 / size).curve(NINE)) : Cost.of(size, size * 1e-6);
    }

    private static BlockSpec block(String id, Cost total) {
        return new BlockSpec(id, "trips", TimeWindow.ALWAYS, Map.of(), total);
    }

    private static ClaimRequest request(String id, Cost demand, String... blocks) {
        return new ClaimRequest(
                id, new Selector.Named(List.of(blocks)), demand, 1, Duration.ofSeconds(60), Duration.ofSeconds(300));
    }

    private ClaimView submit(String id, Cost demand, String... blocks) {
        return book.submit(request(id, demand, blocks), T0);
    }
}
