package dev.croft.budget.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.ledger.Decision.Accepted;
import dev.croft.budget.ledger.Decision.Refused;
import dev.croft.budget.ledger.LedgerCommand.Commit;
import dev.croft.budget.ledger.LedgerCommand.CommitAll;
import dev.croft.budget.ledger.LedgerCommand.CreateBlock;
import dev.croft.budget.ledger.LedgerCommand.Expire;
import dev.croft.budget.ledger.LedgerCommand.Refund;
import dev.croft.budget.ledger.LedgerCommand.Reserve;
import dev.croft.budget.ledger.Refusal.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetLedgerTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private final BudgetLedger ledger = new BudgetLedger();

    @BeforeEach
    void twoBlocksOfOne() {
        accept(new CreateBlock("a", TimeWindow.ALWAYS, eps("1")));
        accept(new CreateBlock("b", new TimeWindow(NOON, NOON.plusSeconds(60)), eps("1")));
    }

    @Test
    void aReservationIsHeldThenSpentInPartAndTheRestIsBack() {
        accept(new Reserve("q", Map.of("a", eps("0.6"), "b", eps("0.2")), NOON));
        assertBalance("a", "0.4", "0.6", "0");
        accept(new Commit("q", Map.of("a", eps("0.5"))));
        assertBalance("a", "0.5", "0", "0.5");
        assertBalance("b", "1", "0", "0");
    }

    @Test
    void aReservationIsHeldOnAllItsBlocksOrNone() {
        accept(new Reserve("first", Map.of("b", eps("0.9")), NOON));
        refuse(Reason.INSUFFICIENT_BUDGET, new Reserve("second", Map.of("a", eps("0.5"), "b", eps("0.2")), NOON));
        assertBalance("a", "1", "0", "0");
    }

    @Test
    void theLastStepCanBeSpentAndNoMore() {
        accept(new Reserve("q", Map.of("a", eps("1")), NOON));
        refuse(Reason.INSUFFICIENT_BUDGET, new Reserve("r", Map.of("a", Epsilon.STEP), NOON));
        accept(new CommitAll("q"));
        refuse(Reason.INSUFFICIENT_BUDGET, new Reserve("r", Map.of("a", Epsilon.STEP), NOON));
        assertBalance("a", "0", "0", "1");
    }

    @Test
    void aRepeatedCommandIsAcceptedWithoutEvents() {
        var reserve = new Reserve("q", Map.of("a", eps("0.5")), NOON);
        accept(reserve);
        assertThat(accept(reserve)).isEmpty();
        var commit = new Commit("q", Map.of("a", eps("0.25")));
        accept(commit);
        assertThat(accept(commit)).isEmpty();
        assertThat(accept(reserve)).isEmpty();
        assertThat(accept(new CreateBlock("a", TimeWindow.ALWAYS, eps("1")))).isEmpty();
        accept(new Reserve("r", Map.of("a", eps("0.1")), NOON));
        accept(new Refund("r"));
        assertThat(accept(new Refund("r"))).isEmpty();
        assertBalance("a", "0.75", "0", "0.25");
    }

    @Test
    void aKeyCannotBeReusedForSomethingElse() {
        accept(new Reserve("q", Map.of("a", eps("0.5")), NOON));
        refuse(Reason.KEY_REUSED, new Reserve("q", Map.of("a", eps("0.4")), NOON));
        refuse(Reason.KEY_REUSED, new Reserve("q", Map.of("a", eps("0.5")), NOON.plusSeconds(1)));
        refuse(Reason.BLOCK_EXISTS, new CreateBlock("a", TimeWindow.ALWAYS, eps("2")));
    }

    @Test
    void aSettledReservationStaysAsItIs() {
        accept(new Reserve("q", Map.of("a", eps("0.5")), NOON));
        accept(new CommitAll("q"));
        refuse(Reason.ALREADY_COMMITTED, new Refund("q"));
        refuse(Reason.ALREADY_COMMITTED, new Commit("q", Map.of("a", eps("0.4"))));
        accept(new Reserve("r", Map.of("a", eps("0.5")), NOON));
        accept(new Refund("r"));
        refuse(Reason.ALREADY_REFUNDED, new CommitAll("r"));
    }

    @Test
    void noMoreThanTheReservationCanBeCommitted() {
        accept(new Reserve("q", Map.of("a", eps("0.5")), NOON));
        refuse(Reason.EXCEEDS_RESERVATION, new Commit("q", Map.of("a", eps("0.500000001"))));
        refuse(Reason.EXCEEDS_RESERVATION, new Commit("q", Map.of("b", eps("0.1"))));
        refuse(Reason.UNKNOWN_RESERVATION, new CommitAll("x"));
        refuse(Reason.UNKNOWN_BLOCK, new Reserve("r", Map.of("c", eps("0.1")), NOON));
    }

    @Test
    void whatIsHeldPastItsExpiryComesBackAndCannotBeCommitted() {
        accept(new Reserve("q", Map.of("a", eps("0.5")), NOON));
        accept(new Reserve("r", Map.of("a", eps("0.25")), NOON.plusSeconds(1)));
        assertThat(accept(new Expire(NOON.minusNanos(1)))).isEmpty();
        assertThat(accept(new Expire(NOON))).containsExactly(new LedgerEvent.Expired("q"));
        assertBalance("a", "0.75", "0.25", "0");
        refuse(Reason.ALREADY_EXPIRED, new CommitAll("q"));
        assertThat(ledger.held()).extracting(Reservation::key).containsExactly("r");
    }

    @Test
    void aQueryFindsTheBlocksOfItsSpan() {
        assertThat(ledger.balancesIn(new TimeWindow(NOON.plusSeconds(60), NOON.plusSeconds(61))))
                .extracting(Balance::block)
                .containsExactly("a");
        assertThat(ledger.balancesIn(new TimeWindow(NOON.minusSeconds(1), NOON.plusNanos(1))))
                .extracting(Balance::block)
                .containsExactly("a", "b");
    }

    @Test
    void meaninglessCommandsAreRefusedByTheNameOfTheField() {
        assertThatThrownBy(() -> new Reserve("q", Map.of("a", Epsilon.ZERO), NOON))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("demand.a: ZERO");
        assertThatThrownBy(() -> new Reserve("q", Map.of(), NOON)).hasMessageStartingWith("demand: EMPTY");
        assertThatThrownBy(() -> new Reserve("é", Map.of("a", eps("1")), NOON))
                .hasMessageStartingWith("key: MALFORMED");
        assertThatThrownBy(() -> new CreateBlock("x".repeat(129), TimeWindow.ALWAYS, eps("1")))
                .hasMessageStartingWith("block: TOO_MANY");
        assertThatThrownBy(() -> new TimeWindow(NOON, NOON)).hasMessageStartingWith("window: EMPTY");
    }

    @Test
    void anEventThatCannotFollowIsACorruptHistory() {
        assertThatThrownBy(() -> ledger.apply(new LedgerEvent.Committed("q", Map.of("a", eps("1")))))
                .isInstanceOf(CorruptHistoryException.class);
        assertThatThrownBy(() -> ledger.apply(new LedgerEvent.Reserved("q", Map.of("a", eps("1.1")), NOON)))
                .isInstanceOf(CorruptHistoryException.class);
        assertBalance("a", "1", "0", "0");
    }

    private List<LedgerEvent> accept(LedgerCommand command) {
        var accepted = (Accepted) ledger.decide(command);
        accepted.events().forEach(ledger::apply);
        return accepted.events();
    }

    private void refuse(Reason reason, LedgerCommand command) {
        assertThat(ledger.decide(command))
                .isInstanceOfSatisfying(
                        Refused.class, r -> assertThat(r.refusal().reason()).isEqualTo(reason));
    }

    private void assertBalance(String block, String available, String reserved, String committed) {
        Balance balance = ledger.balance(block).orElseThrow();
        assertThat(balance.available()).isEqualTo(eps(available));
        assertThat(balance.reserved()).isEqualTo(eps(reserved));
        assertThat(balance.committed()).isEqualTo(eps(committed));
    }

    private static Epsilon eps(String decimal) {
        return Epsilon.parse(decimal);
    }
}
