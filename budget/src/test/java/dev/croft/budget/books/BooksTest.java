package dev.croft.budget.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.LabelCondition;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.claims.TreeCounter;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BooksTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Orders ORDERS = Orders.of(2, 8, 64);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> moves = new ArrayList<>();
    private final Books books = books(moves);

    private static Books books(List<String> moves) {
        return new Books(new Dpf.Unlocking.PerArrival(4), (claim, state) -> moves.add(claim + " " + state));
    }

    private static BlockSpec block(String id, Cost total) {
        return new BlockSpec(id, "trips", TimeWindow.ALWAYS, Map.of(), total);
    }

    private static ClaimRequest claim(String id, Selector blocks, Cost demand) {
        return new ClaimRequest(id, blocks, demand, 1, Duration.ofSeconds(60), Duration.ofSeconds(300));
    }

    private void apply(BookCommand command) {
        books.apply(command, T0);
    }

    @Test
    void blocksOfBothCompositionsLiveUnderOneSetOfNames() {
        apply(new BookCommand.CreateBlock(block("plain", Cost.of(1, 1e-6))));
        apply(new BookCommand.CreateBlock(block("curve", Cost.of(RenyiCurve.budget(ORDERS, new ApproxDp(4, 1e-6))))));
        assertThatThrownBy(() -> apply(new BookCommand.CreateBlock(block("curve", Cost.of(1, 0)))))
                .hasMessageStartingWith("block.id: DUPLICATE");
        apply(new BookCommand.Submit(claim("a", new Selector.Named(List.of("plain")), Cost.of(0.1, 0))));
        assertThat(moves).containsExactly("a ALLOCATED");
        assertThatThrownBy(() -> apply(
                        new BookCommand.Submit(claim("b", new Selector.Named(List.of("curve")), Cost.of(0.1, 0)))))
                .hasMessageStartingWith("demand: MALFORMED");
        assertThatThrownBy(() -> apply(new BookCommand.Submit(
                        claim("c", new Selector.Named(List.of("plain", "curve")), Cost.of(0.1, 0)))))
                .hasMessageStartingWith("blocks: UNKNOWN");
        assertThatThrownBy(() -> apply(new BookCommand.Release("nobody"))).hasMessageStartingWith("claim.id: UNKNOWN");
        assertThatThrownBy(() -> apply(new BookCommand.RetireBlock("none"))).hasMessageStartingWith("block.id");
        assertThat(books.blocks()).hasSize(2);
        assertThat(books.claims()).hasSize(1);
    }

    @Test
    void aRepetitionIsNoChangeAndRefusedInputIsNone() {
        apply(new BookCommand.CreateBlock(block("b", Cost.of(1, 0.5))));
        BookCommand submit = new BookCommand.Submit(claim("a", new Selector.Named(List.of("b")), Cost.of(0.1, 0)));
        BookCommand consume = new BookCommand.Consume("a", "k", Map.of("b", Cost.of(0.05, 0)));
        for (BookCommand command :
                List.of(submit, consume, new BookCommand.Release("a"), new BookCommand.RetireBlock("b"))) {
            long before = books.changes();
            apply(command);
            long once = books.changes();
            assertThat(once).isGreaterThan(before);
            apply(command);
            assertThat(books.changes()).isEqualTo(once);
        }
        long before = books.changes();
        assertThatThrownBy(() -> apply(new BookCommand.Consume("a", "l", Map.of("b", Cost.of(0.01, 0)))))
                .isInstanceOf(InvalidInputException.class);
        assertThat(books.changes()).isEqualTo(before);
        assertThat(books.block("b").orElseThrow().state()).isEqualTo(BlockView.State.RETIRED);
    }

    @Test
    void aStreamMakesBlocksCountsPeopleAndChargesForTheCount() {
        var stream = new StreamSpec(
                new BlockStream("trips", BlockStream.By.USER_TIME, Duration.ofHours(1), Cost.of(1, 0.1)),
                new StreamSpec.Counter(Epsilon.parse("0.25"), 16));
        apply(new BookCommand.OpenStream(stream));
        apply(new BookCommand.OpenStream(stream));
        var data = List.of(
                new BookCommand.Observe.Datum("ann", T0),
                new BookCommand.Observe.Datum("bob", T0),
                new BookCommand.Observe.Datum("ann", T0.plusSeconds(3600)));
        apply(new BookCommand.Observe("trips", data));
        long changes = books.changes();
        apply(new BookCommand.Observe("trips", data));
        assertThat(books.changes()).isEqualTo(changes);
        assertThat(books.blocks()).hasSize(3).allSatisfy(block -> {
            assertThat(block.total()[0]).isEqualTo(0.75 * Composition.EPSILON_STEPS);
            assertThat(Books.hides(block.spec())).isTrue();
        });
        assertThat(books.hides(new Selector.Newest("trips", 1))).isTrue();
        BookCommand.EndTick tick = books.drawTick("trips", new Random(1));
        apply(tick);
        apply(tick);
        assertThat(books.streams()).singleElement().satisfies(view -> {
            assertThat(view.tick()).isEqualTo(1);
            assertThat(view.count()).isEqualTo(tick.count());
        });
        assertThatThrownBy(() -> apply(new BookCommand.Observe(
                        "trips",
                        List.of(new BookCommand.Observe.Datum("eve", T0), new BookCommand.Observe.Datum("a/b", T0)))))
                .hasMessageStartingWith("stream.user: MALFORMED");
        assertThat(books.blocks()).hasSize(3);
    }

    @Test
    void deadlinesAreToldSoThatTimeCanBeACommand() {
        apply(new BookCommand.CreateBlock(block("b", Cost.of(1, 0.5))));
        apply(new BookCommand.Submit(claim("a", new Selector.Named(List.of("b")), Cost.of(0.9, 0))));
        assertThat(books.nextDeadline()).contains(T0.plusSeconds(60));
        books.apply(new BookCommand.Advance(), T0.plusSeconds(60));
        assertThat(moves).containsExactly("a TIMED_OUT");
        assertThat(books.nextDeadline()).isEmpty();
    }

    @Test
    void everyCommandIsReadBackAsItWasAndReplayedGivesTheSameBooks() {
        Property.forAll(11, 300, BooksTest::history, history -> {
            var first = books(new ArrayList<>());
            var second = books(new ArrayList<>());
            Random noise = new Random(3);
            Instant now = T0;
            for (BookCommand drawn : history) {
                now = now.plusSeconds(7);
                @Nullable
                BookCommand command =
                        drawn instanceof BookCommand.EndTick end ? tryDraw(first, end.stream(), noise) : drawn;
                if (command == null) continue;
                BookCommand back = CommandJson.parse(CommandJson.write(command));
                assertThat(CommandJson.write(back)).isEqualTo(CommandJson.write(command));
                assertThat(refusal(second, back, now)).isEqualTo(refusal(first, command, now));
            }
            assertThat(describe(second)).isEqualTo(describe(first));
        });
    }

    private static BookCommand.@Nullable EndTick tryDraw(Books books, String stream, Random noise) {
        try {
            return books.drawTick(stream, noise);
        } catch (InvalidInputException e) {
            return null;
        }
    }

    private static String refusal(Books books, BookCommand command, Instant at) {
        books.apply(new BookCommand.Advance(), at);
        long before = books.changes();
        try {
            books.apply(command, at);
            return "";
        } catch (InvalidInputException e) {
            assertThat(books.changes()).isEqualTo(before);
            return e.field() + e.problem();
        }
    }

    static String describe(Books books) {
        var text = new StringBuilder();
        books.blocks().forEach(block -> text.append(BookJson.block(block)).append('\n'));
        books.claims().forEach(claim -> text.append(BookJson.claim(claim)).append('\n'));
        books.streams().forEach(stream -> text.append(CommandJson.view(stream)).append('\n'));
        return text.toString();
    }

    private static List<BookCommand> history(Choices c) {
        var commands = new ArrayList<BookCommand>();
        int count = c.between(1, 30);
        for (int i = 0; i < count; i++) {
            Cost cost = c.below(2) == 0
                    ? Cost.of((1 + c.below(100)) / 100.0, c.below(10) * 1e-9)
                    : Cost.of(RenyiCurve.of(ORDERS, (1 + c.below(30)) / 10.0, 0.1, 0));
            String claim = "c" + c.below(6);
            String block = "b" + c.below(4);
            commands.add(
                    switch (c.between(0, 10)) {
                        case 0, 1 ->
                            new BookCommand.CreateBlock(new BlockSpec(
                                    block,
                                    "set",
                                    new TimeWindow(T0, T0.plusSeconds(1 + c.below(9))),
                                    Map.of("n", "" + c.below(9)),
                                    cost));
                        case 2, 3 -> new BookCommand.Submit(claim(claim, selector(c, block), cost));
                        case 4 -> new BookCommand.Consume(claim, "k" + c.below(2), Map.of(block, cost));
                        case 5 -> new BookCommand.Release(claim);
                        case 6 -> new BookCommand.RetireBlock(block);
                        case 7 -> new BookCommand.DeleteBlock(block);
                        case 8 ->
                            new BookCommand.OpenStream(new StreamSpec(
                                    new BlockStream(
                                            "s" + c.below(2),
                                            BlockStream.By.values()[c.between(0, 2)],
                                            Duration.ofSeconds(60),
                                            cost),
                                    new StreamSpec.Counter(Epsilon.parse("0.1"), 8)));
                        case 9 ->
                            new BookCommand.Observe(
                                    "s" + c.below(2),
                                    List.of(new BookCommand.Observe.Datum(
                                            "u" + c.below(5), T0.plusSeconds(c.below(600)))));
                        default ->
                            new BookCommand.EndTick(
                                    "s" + c.below(2),
                                    0,
                                    new TreeCounter.State(0, new long[0], new BigInteger[0]),
                                    BigInteger.ZERO);
                    });
        }
        return commands;
    }

    private static Selector selector(Choices c, String block) {
        return switch (c.between(0, 3)) {
            case 0 -> new Selector.Named(List.of(block));
            case 1 -> new Selector.Newest("set", c.between(1, 3));
            case 2 -> new Selector.Within("set", new TimeWindow(T0, T0.plusSeconds(5)));
            default ->
                new Selector.Where(
                        "set", List.of(new LabelCondition("n", LabelCondition.Test.AT_MOST, List.of("" + c.below(9)))));
        };
    }

    @Test
    void viewsAreReadBackFromTheirJson() throws IOException {
        apply(new BookCommand.CreateBlock(block("curve", Cost.of(RenyiCurve.budget(ORDERS, new ApproxDp(4, 1e-6))))));
        apply(new BookCommand.Submit(
                claim("a", new Selector.Named(List.of("curve")), Cost.of(RenyiCurve.of(ORDERS, 0.9, 0.9, 0.9)))));
        apply(new BookCommand.Consume("a", "k", Map.of("curve", Cost.of(RenyiCurve.of(ORDERS, 0.5, 0.25, 0.1)))));
        ClaimView claim = books.claim("a").orElseThrow();
        assertThat(BookJson.claim(JSON.readTree(BookJson.claim(claim).toString())))
                .isEqualTo(claim);
        BlockView block = books.block("curve").orElseThrow();
        BlockView back = BookJson.blockView(JSON.readTree(BookJson.block(block).toString()));
        assertThat(back.unlocked()).isEqualTo(block.unlocked());
        assertThat(back.consumed()).isEqualTo(block.consumed());
        assertThat(claim.state()).isEqualTo(ClaimState.ALLOCATED);
    }

    @Test
    void aConditionComparesWholeLabels() {
        // In the reference "include" finds the block's value anywhere inside the claim's text (defect 17).
        apply(new BookCommand.CreateBlock(
                new BlockSpec("b", "set", TimeWindow.ALWAYS, Map.of("city", "York", "n", "12"), Cost.of(1, 0))));
        for (var test : List.of(
                new LabelCondition("city", LabelCondition.Test.IN, List.of("New York")),
                new LabelCondition("city", LabelCondition.Test.IN, List.of("Yo")),
                new LabelCondition("n", LabelCondition.Test.LESS, List.of("12.0")),
                new LabelCondition("absent", LabelCondition.Test.IS_NOT, List.of("x"))))
            assertThatThrownBy(() -> apply(new BookCommand.Submit(
                            claim("x", new Selector.Where("set", List.of(test)), Cost.of(0.1, 0)))))
                    .hasMessageStartingWith("blocks: EMPTY");
        apply(new BookCommand.Submit(claim(
                "y",
                new Selector.Where(
                        "set",
                        List.of(
                                new LabelCondition("city", LabelCondition.Test.IN, List.of("Bath", "York")),
                                new LabelCondition("n", LabelCondition.Test.AT_LEAST, List.of("12.0")))),
                Cost.of(0.1, 0))));
        assertThat(books.claim("y")).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|id",
                "{'id':7}|id",
                "{'id':'c'}|blocks",
                "{'id':'c','blocks':[]}|blocks",
                "{'id':'c','blocks':{}}|blocks.dataset",
                "{'id':'c','blocks':{'ids':['b',3]}}|blocks.ids",
                "{'id':'c','blocks':{'ids':[]},'demand':{'epsilon':1}}|blocks",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':'NaN'}}|demand.epsilon",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':'Infinity'}}|demand.epsilon",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1e999}}|demand.epsilon",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':-1}}|demand.epsilon",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1,'delta':2}}|demand.delta",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'orders':[2],'epsilons':[]}}|demand.epsilons",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'orders':[3,2],'epsilons':[1,1]}}|demand.orders",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'function':'f'}}|demand.epsilon",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1},'weight':0}|claim.weight",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1},'patience':-1}|patience",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1},'lease':1e300}|lease",
                "{'id':'c','blocks':{'ids':['b']},'demand':{'epsilon':1},'minBudget':1}|minBudget",
            })
    void aMalformedClaimIsRefusedByTheNameOfItsField(String json, String field) throws IOException {
        JsonNode node = JSON.readTree(json.replace('\'', '"'));
        assertThatThrownBy(() -> BookJson.request(node))
                .isInstanceOfSatisfying(
                        InvalidInputException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void hugeListsOfOrdersOrBlocksAreRefusedByTheirField() throws IOException {
        String orders = "2" + ",3".repeat(100_000);
        JsonNode node = JSON.readTree("{\"orders\":[" + orders + "],\"epsilons\":[1]}");
        assertThatThrownBy(() -> BookJson.cost("demand", node)).hasMessageStartingWith("demand.orders: TOO_MANY");
        JsonNode many = JSON.readTree("{\"id\":\"c\",\"blocks\":{\"ids\":[" + "\"b\",".repeat(20_000) + "\"b\"]}}");
        assertThatThrownBy(() -> BookJson.request(many)).hasMessageStartingWith("blocks.ids: TOO_MANY");
    }
}
