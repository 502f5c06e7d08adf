package dev.croft.budget.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.Decision.Accepted;
import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LedgerPropertyTest {
    private static final List<String> BLOCKS = List.of("a", "b", "c");

    @Test
    void noHistoryOverspendsAndEveryBalanceAddsUp() {
        Property.forAll(1, 2_000, LedgerPropertyTest::commands, commands -> {
            var ledger = new BudgetLedger();
            var spent = new HashMap<String, Long>();
            for (LedgerCommand command : commands) {
                if (!(ledger.decide(command) instanceof Accepted(List<LedgerEvent> events))) continue;
                for (LedgerEvent event : events) {
                    ledger.apply(event);
                    if (event instanceof LedgerEvent.Committed(String key, Map<String, Epsilon> amounts))
                        amounts.forEach((block, amount) -> spent.merge(block, amount.nanos(), Long::sum));
                }
                for (Balance b : ledger.balances()) {
                    assertThat(b.available().plus(b.reserved()).plus(b.committed()))
                            .isEqualTo(b.total());
                    assertThat(spent.getOrDefault(b.block(), 0L))
                            .isEqualTo(b.committed().nanos());
                }
            }
        });
    }

    @Test
    void aReplayOfTheStoredBytesGivesTheSameState() {
        Property.forAll(2, 500, LedgerPropertyTest::commands, commands -> {
            var live = new BudgetLedger();
            var replayed = new BudgetLedger();
            for (LedgerCommand command : commands)
                if (live.decide(command) instanceof Accepted(List<LedgerEvent> events))
                    for (LedgerEvent event : events) {
                        live.apply(event);
                        LedgerEvent read = LedgerEvent.decode(event.encode());
                        assertThat(read).isEqualTo(event);
                        replayed.apply(read);
                    }
            assertThat(replayed.balances()).isEqualTo(live.balances());
            assertThat(replayed.held()).isEqualTo(live.held());
        });
    }

    @Test
    void everyCommandMayBeSentTwice() {
        Property.forAll(3, 500, LedgerPropertyTest::commands, commands -> {
            var ledger = new BudgetLedger();
            for (LedgerCommand command : commands) {
                if (!(ledger.decide(command) instanceof Accepted(List<LedgerEvent> events))) continue;
                events.forEach(ledger::apply);
                assertThat(ledger.decide(command)).isEqualTo(new Accepted(List.of()));
            }
        });
    }

    @Test
    void bytesChangedAnywhereAreRefusedOrAnotherCanonicalEvent() {
        Property.forAll(
                4,
                3_000,
                choices -> {
                    byte[] bytes = new LedgerEvent.Reserved(
                                    "query-7",
                                    Map.of("a", Epsilon.parse("0.5"), "b", Epsilon.STEP),
                                    Instant.ofEpochSecond(1_700_000_000))
                            .encode();
                    int edits = choices.between(1, 3);
                    for (int i = 0; i < edits; i++)
                        bytes[choices.between(0, bytes.length - 1)] = (byte) choices.below(256);
                    return Arrays.copyOf(bytes, choices.between(0, bytes.length + 3));
                },
                bytes -> {
                    try {
                        assertThat(LedgerEvent.decode(bytes).encode()).isEqualTo(bytes);
                    } catch (CorruptHistoryException expected) {
                        assertThat(expected).hasMessageContaining("ledger event");
                    }
                });
        assertThatThrownBy(() -> LedgerEvent.decode(new byte[0])).isInstanceOf(CorruptHistoryException.class);
    }

    @Test
    void sixtyFourThreadsRacingForOneBlockNeverSpendMoreThanItHas() throws Exception {
        var holder = new Holder();
        holder.execute(new LedgerCommand.CreateBlock("a", TimeWindow.ALWAYS, Epsilon.parse("1")));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var racing = IntStream.range(0, 64)
                    .mapToObj(thread -> threads.submit(() -> {
                        long won = 0;
                        for (int i = 0; i < 40; i++) {
                            String key = thread + "-" + i;
                            var demand = Map.of("a", new Epsilon(700_000 + 13L * thread));
                            if (!holder.execute(new LedgerCommand.Reserve(key, demand, Instant.MAX))) continue;
                            if (i % 5 == 4) holder.execute(new LedgerCommand.Refund(key));
                            else if (holder.execute(new LedgerCommand.CommitAll(key))) won += 700_000 + 13L * thread;
                        }
                        return won;
                    }))
                    .collect(Collectors.toList());
            long won = 0;
            for (var future : racing) won += future.get();
            Balance balance = holder.ledger.balance("a").orElseThrow();
            assertThat(won).isEqualTo(balance.committed().nanos()).isLessThanOrEqualTo(1_000_000_000L);
            assertThat(balance.available().nanos()).isLessThan(702_000);
            assertThat(balance.reserved()).isEqualTo(Epsilon.ZERO);
        }
    }

    /** What a vault does, without the storing. */
    private static final class Holder {
        final BudgetLedger ledger = new BudgetLedger();

        synchronized boolean execute(LedgerCommand command) {
            if (!(ledger.decide(command) instanceof Accepted(List<LedgerEvent> events))) return false;
            events.forEach(ledger::apply);
            return true;
        }
    }

    private static List<LedgerCommand> commands(Choices choices) {
        var commands = new ArrayList<LedgerCommand>();
        for (String block : BLOCKS)
            commands.add(new LedgerCommand.CreateBlock(
                    block, TimeWindow.ALWAYS, new Epsilon(1 + choices.below(choices.chance(10) ? 1L << 59 : 1_000))));
        int count = choices.between(0, 40);
        for (int i = 0; i < count; i++) {
            String key = "k" + choices.below(8);
            commands.add(
                    switch (choices.between(0, 5)) {
                        case 0, 1 ->
                            new LedgerCommand.Reserve(key, amounts(choices), Instant.ofEpochSecond(choices.below(20)));
                        case 2 -> new LedgerCommand.CommitAll(key);
                        case 3 -> new LedgerCommand.Commit(key, amounts(choices));
                        case 4 -> new LedgerCommand.Refund(key);
                        default -> new LedgerCommand.Expire(Instant.ofEpochSecond(choices.below(20)));
                    });
        }
        return commands;
    }

    private static Map<String, Epsilon> amounts(Choices choices) {
        var amounts = new HashMap<String, Epsilon>();
        int blocks = choices.between(1, 3);
        for (int i = 0; i < blocks; i++)
            amounts.put(choices.oneOf(BLOCKS), new Epsilon(1 + choices.below(choices.chance(5) ? 1L << 59 : 400)));
        return amounts;
    }
}
