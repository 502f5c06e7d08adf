package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.ResortingQueue;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the paper's workload, claims that ask for a fair share and do not get it at once: none, where the reference has some. */
class SharingIncentiveTest {
    @ParameterizedTest
    @CsvSource({"75, 1337, 24", "100, 1778, 45"})
    void noFairClaimWaits(int n, int fair, int violationsOfTheReference) throws IOException {
        Path data = SharedData.budget();
        Assumptions.assumeTrue(data != null, "shared/data/budget is not here");
        Workload workload = Trace.read(data.resolve("multi_block_dp"), Policy.DPF_N);
        assertThat(count(
                        workload,
                        n,
                        Replay.play(workload, Policy.DPF_N, n, null).outcomes()))
                .containsExactly(fair, 0);
        assertThat(count(
                        workload,
                        n,
                        Replay.play(workload, Policy.DPF_N, n, ResortingQueue::heapArray)
                                .outcomes()))
                .containsExactly(fair, violationsOfTheReference);
    }

    private static int[] count(Workload workload, int n, Outcomes outcomes) {
        var arrivals = new int[workload.blockCreated().length];
        int fair = 0;
        int violations = 0;
        for (int id = 0; id < workload.claims().size(); id++) {
            Claim claim = workload.claims().get(id);
            double now = workload.arrivals()[id];
            boolean isFair = claim.demand(0)[0] <= workload.blockTotal()[0] / n;
            for (int i = 0; i < claim.size(); i++) {
                boolean alive = now < workload.blockCreated()[claim.block(i)] + workload.blockLife();
                isFair &= ++arrivals[claim.block(i)] <= n && alive;
            }
            if (!isFair) continue;
            fair++;
            if (outcomes.outcome(id) != Outcomes.Outcome.GRANTED || outcomes.decidedAt(id) != now) violations++;
        }
        return new int[] {fair, violations};
    }
}
