package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder that makes no sense is refused by the name of what is wrong in it. */
class ReplayInputTest {
    private static final String TRACE = """
            {"duration": 10, "block_created": [0, 5], "block_epsilon": 1, "block_delta": 1e-6, "tick": 0.5,
             "dynamic_blocks": true, "block_interval": 5, "blocks_elephant": 2, "timeout_enabled": false,
             "config": {"resource_master.dp_policy.is_rdp": false}}""";

    @TempDir
    Path dir;

    @BeforeEach
    void aSmallWorkload() throws IOException {
        Files.writeString(dir.resolve("trace.json"), TRACE);
        claims("0,1.5,0,1,0.25");
    }

    private void claims(String... rows) throws IOException {
        Files.writeString(
                dir.resolve("claims.csv"),
                "claim_id,arrival,first_block,n_blocks,epsilon\n" + String.join("\n", rows) + "\n");
    }

    @Test
    void aPlainFolderWithoutRunsIsReplayed() throws IOException {
        var csv = new StringBuilder();
        Replay.run(dir, Policy.DPF_N, 4, csv);
        assertThat(csv.toString()).isEqualTo("claim_id,outcome,decided_at,reason\r\n0,granted,1.5,\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,1.5,0,1,NaN | epsilon: NOT_A_NUMBER",
                "0,1.5,0,1,-1 | demand: NEGATIVE",
                "0,1.5,0,1,0 | demand: ZERO",
                "0,1.5,0,1,x | epsilon: MALFORMED",
                "0,1.5,0,1 | epsilon: EMPTY",
                "1,1.5,0,1,0.1 | claim_id: MALFORMED",
                "0,1.5,-1,1,0.1 | first_block: UNKNOWN",
                "0,1.5,0,2147483647,0.1 | first_block: UNKNOWN",
                "0,1.5,1,1,0.1 | first_block: UNKNOWN"
            })
    void aBadRowIsNamed(String row, String message) throws IOException {
        claims(row);
        assertThatThrownBy(() -> Replay.run(dir, Policy.DPF_N, 4, new StringBuilder()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    /** A clock that ticks too often would never come to an end. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1e-300", "1e-9", "1e999"})
    void aTickThatMakesNoSenseIsRefused(String tick) throws IOException {
        Files.writeString(dir.resolve("trace.json"), TRACE.replace("\"tick\": 0.5", "\"tick\": " + tick));
        for (Policy policy : new Policy[] {Policy.DPF_T, Policy.RR_T})
            assertThatThrownBy(() -> Replay.run(dir, policy, 5, new StringBuilder()))
                    .hasMessageStartingWith("tick: ");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void aPolicyNeedsItsNumber(double n) {
        for (Policy policy : Policy.values())
            if (policy != Policy.FCFS)
                assertThatThrownBy(() -> Replay.run(dir, policy, n, new StringBuilder()))
                        .as(policy + " " + n)
                        .isInstanceOf(InvalidInputException.class);
    }

    /** N need not be whole: the last part that unlocks is then smaller, and no budget appears from nowhere. */
    @ParameterizedTest
    @ValueSource(strings = {"DPF_N", "RR_N"})
    void aFractionalNUnlocksTheWholeBlockAndNoMore(Policy policy) throws IOException {
        claims("0,1,0,1,0.9", "1,2,0,1,0.25", "2,3,0,1,0.25", "3,4,0,1,0.25", "4,5,0,1,0.25", "5,6,0,1,0.25");
        Outcomes outcomes = Replay.run(dir, policy, 2.5, new StringBuilder());
        assertThat(outcomes.granted()).isEqualTo(policy == Policy.DPF_N ? 4 : 1);
        assertThat(outcomes.outcome(5)).isNotEqualTo(Outcomes.Outcome.GRANTED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[0, 5] | [5, 0] | block_created: MALFORMED",
                "\"timeout_enabled\": false | \"timeout_enabled\": true, \"timeout\": -1 | timeout: NEGATIVE"
            })
    void whatWouldTurnTimeBackIsRefused(String from, String to, String message) throws IOException {
        Files.writeString(dir.resolve("trace.json"), TRACE.replace(from, to));
        assertThatThrownBy(() -> Replay.run(dir, Policy.DPF_N, 4, new StringBuilder()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void cellsMayBeQuotedAndAnEmptyWorkloadHasNoRows() throws IOException {
        claims("\"0\", \"1.5\" ,0,1,0.25");
        assertThat(Replay.run(dir, Policy.DPF_N, 4, new StringBuilder()).granted())
                .isEqualTo(1);
        Files.writeString(dir.resolve("claims.csv"), "claim_id,arrival,first_block,n_blocks,epsilon\r\n");
        for (Policy policy : Policy.values()) {
            var csv = new StringBuilder();
            Replay.run(dir, policy, 4, csv);
            assertThat(csv.toString()).as(policy.name()).isEqualTo("claim_id,outcome,decided_at,reason\r\n");
        }
    }

    private static final String BATCHES = """
            {"alphas": [2, 4], "block_epsilon": 10, "block_delta": 1e-3, "initial_blocks": 2, "max_blocks": 4,
             "block_interval": 1, "runs": [{"name": "ArgmaxKnapsack", "n": 10, "data_lifetime": 10,
             "scheduling_wait_time": 1, "metric_recomputation_period": 10, "last_batch_at": 20}]}""";

    private Outcomes batches(double steps, double lifetime, String... rows) throws IOException {
        Files.writeString(dir.resolve("trace.json"), BATCHES);
        Files.writeString(
                dir.resolve("claims.csv"),
                "claim_id,arrival,blocks,mechanism,epsilon,rdp_epsilons\n" + String.join("\n", rows) + "\n");
        return Replay.runBatches(dir, Policy.DPACK, steps, lifetime, new StringBuilder());
    }

    @Test
    void aBatchUnlocksInItsRecordedLifetimeOrTheGivenOne() throws IOException {
        String row = "0,0.5,0 1,gaussian,1,1 2";
        assertThat(batches(0, 0, row).decidedAt(0)).isEqualTo(4);
        assertThat(batches(0, 5, row).decidedAt(0)).isEqualTo(2);
        assertThat(batches(1, 0, row).decidedAt(0)).isEqualTo(11);
    }

    @Test
    void theOrderInWhichABatchsClaimListsItsBlocksDoesNotMatter() throws IOException {
        String[] listed = {"0,2.5,0 2 3,g,1,1 2", "1,2.5,1,g,1,3 3", "2,2.5,0 3,g,1,2 9"};
        String[] shuffled = {"0,2.5,3 0 2,g,1,1 2", "1,2.5,1,g,1,3 3", "2,2.5,3 0,g,1,2 9"};
        Outcomes expected = batches(0, 0, listed);
        Outcomes outcomes = batches(0, 0, shuffled);
        for (int i = 0; i < 3; i++) {
            assertThat(outcomes.decidedAt(i)).isEqualTo(expected.decidedAt(i));
            assertThat(outcomes.grantOrder(i)).isEqualTo(expected.grantOrder(i));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,0.5,3,g,1,1 2 | blocks: UNKNOWN",
                "0,0.5,0 0,g,1,1 2 | blocks: MALFORMED",
                "0,0.5,0,g,1,1 | rdp_epsilons: MALFORMED",
            })
    void aBadRowOfABatchIsNamed(String row, String message) {
        assertThatThrownBy(() -> batches(0, 0, row))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void roundRobinOverCurvesIsRefused() throws IOException {
        Files.writeString(dir.resolve("trace.json"), TRACE.replace("false}", "true}"));
        assertThatThrownBy(() -> Replay.run(dir, Policy.RR_N, 4, new StringBuilder()))
                .hasMessageStartingWith("policy: OUT_OF_RANGE");
    }

    @Test
    void aTraceWithoutAFieldIsRefusedByItsName() throws IOException {
        Files.writeString(dir.resolve("trace.json"), TRACE.replace("\"duration\": 10,", ""));
        assertThatThrownBy(() -> Replay.run(dir, Policy.FCFS, 0, new StringBuilder()))
                .hasMessageStartingWith("duration: MALFORMED");
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1", "100.0, 100.0", "1e16, 1e+16", "123456789012345680, 1.2345678901234568e+17",
        "0.0001, 0.0001", "0.00001234, 1.234e-05", "0.14249184722762087, 0.14249184722762087", "0, 0.0"
    })
    void numbersAreWrittenAsPythonDoes(double value, String written) {
        assertThat(PythonFloat.repr(value)).isEqualTo(written);
    }
}
