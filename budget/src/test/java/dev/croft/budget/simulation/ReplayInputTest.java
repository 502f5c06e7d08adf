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

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void aPolicyNeedsItsNumber(double n) {
        for (Policy policy : Policy.values())
            if (policy != Policy.FCFS)
                assertThatThrownBy(() -> Replay.run(dir, policy, n, new StringBuilder()))
                        .as(policy + " " + n)
                        .isInstanceOf(InvalidInputException.class);
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
