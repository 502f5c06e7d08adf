package dev.croft.app.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.scheduling.Dpf;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingTest {
    private final ClaimBook book =
            new ClaimBook(new Composition.Renyi(Training.ORDERS), new Dpf.Unlocking.PerArrival(1));

    private final Training.Budget budget = new Training.Budget() {
        @Override
        public ClaimView submit(ClaimRequest request) {
            return book.submit(request, Instant.EPOCH);
        }

        @Override
        public ClaimView consume(String claim, String key, Map<String, Cost> costs) {
            return book.consume(claim, key, costs);
        }

        @Override
        public ClaimView release(String claim) {
            return book.release(claim, Instant.EPOCH);
        }
    };

    @Test
    void aModelIsLearnedForLessThanWasClaimedAndTheRestGoesBack() {
        book.createBlock(Training.block("people"));
        Training.Result result = Training.run(budget, "people", "training", 0.9, new Random(1), _ -> {});
        assertThat(result.accuracy()).isGreaterThan(0.9);
        assertThat(result.epochs()).isBetween(1, 11);
        assertThat(result.spent()).isLessThan(result.claimed());
        assertThat(result.claimed()).isLessThan(3);
        ClaimView claim = book.find("training").orElseThrow();
        assertThat(claim.state()).isEqualTo(ClaimState.SETTLED);
        BlockView block = book.findBlock("people").orElseThrow();
        for (int i = 0; i < Training.ORDERS.size(); i++) {
            assertThat(block.allocated()[i]).isZero();
            assertThat(block.unlocked()[i] + block.consumed()[i]).isEqualTo(block.total()[i]);
        }
    }

    @Test
    void withoutBudgetNothingIsLearned() {
        book.createBlock(Training.block("people"));
        Training.run(budget, "people", "first", 1, new Random(1), _ -> {});
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 20; i++) Training.run(budget, "people", "more-" + i, 1, new Random(1), _ -> {});
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too little left");
    }
}
