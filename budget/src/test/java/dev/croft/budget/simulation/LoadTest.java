package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"single_block_dp", "multi_block_dp", "multi_block_rdp_small"})
    void aConfigurationOfTheReferenceGivesItsVeryClaims(String name) throws IOException {
        Path data = SharedData.budget();
        Assumptions.assumeTrue(data != null, "shared/data/budget is not here");
        Workload recorded = Trace.read(data.resolve(name), Policy.DPF_N);
        Workload drawn = Load.read(data.resolve(name).resolve("trace.json")).draw();
        // Java and C libraries round some logarithms differently, in the last bit.
        assertThat(drawn.arrivals()).hasSameSizeAs(recorded.arrivals());
        for (int i = 0; i < drawn.arrivals().length; i++)
            assertThat(drawn.arrivals()[i]).isCloseTo(recorded.arrivals()[i], within(1e-10));
        assertThat(drawn.blockCreated()).isEqualTo(recorded.blockCreated());
        assertThat(drawn.blockTotal()).isEqualTo(recorded.blockTotal());
        assertThat(drawn.tick()).isEqualTo(recorded.tick());
        for (int i = 0; i < drawn.claims().size(); i++) {
            assertThat(drawn.claims().get(i).demand(0))
                    .isEqualTo(recorded.claims().get(i).demand(0));
            assertThat(drawn.claims().get(i).size())
                    .isEqualTo(recorded.claims().get(i).size());
            assertThat(drawn.claims().get(i).block(0))
                    .isEqualTo(recorded.claims().get(i).block(0));
        }
    }

    @Test
    void theHeavyLoadOfThePaperEndsAsPublished() {
        Workload heavy = Load.multiBlock(true).draw();
        assertThat(heavy.claims()).hasSize(70_286);
        assertThat(Replay.play(heavy, Policy.DPF_N, 14_514, null).outcomes().granted())
                .isEqualTo(53_228);
        assertThat(Replay.play(heavy, Policy.FCFS, 1, null).outcomes().granted())
                .isBetween(18_350, 18_450);
    }

    @Test
    void aLoadIsReadFromAFileAndBadFieldsAreNamed() throws IOException {
        Path file = dir.resolve("load.json");
        Files.writeString(file, "{\"seed\": 7, \"duration\": 20, \"interval\": 0.5, \"arrivals\": \"BURSTS\"}");
        Workload bursts = Load.read(file).draw();
        assertThat(bursts.arrivals()[0]).isEqualTo(bursts.arrivals()[9]);
        Files.writeString(file, "{\"mice_epsilon\": -1}");
        assertThatThrownBy(() -> Load.read(file)).hasMessageStartingWith("mice_epsilon: OUT_OF_RANGE");
        Files.writeString(file, "{\"duration\": \"long\"}");
        assertThatThrownBy(() -> Load.read(file)).hasMessageStartingWith("duration: MALFORMED");
        Files.writeString(file, "{\"arrivals\": \"TIDES\"}");
        assertThatThrownBy(() -> Load.read(file)).hasMessageStartingWith("arrivals: UNKNOWN");
    }

    @Test
    void thePapersOrderOfPoliciesHolds() throws Exception {
        Load load = Load.multiBlock(false);
        List<Sweep.Result> results = Sweep.run(
                List.of(
                        new Sweep.Point(load, Policy.FCFS, 1),
                        new Sweep.Point(load, Policy.RR_N, 175),
                        new Sweep.Point(load, Policy.DPF_N, 175)),
                done -> {});
        assertThat(results).extracting(Sweep.Result::granted).containsExactly(1146, 1343, 2356);
        assertThat(results.get(2).fairViolations()).isZero();
        var csv = new StringBuilder();
        Sweep.write(results, csv);
        assertThat(csv.toString().lines()).hasSize(4);
    }

    @Test
    void theTwisterIsPythons() {
        var random = new PythonRandom(3345);
        // random.Random(3345) of CPython.
        double[] first = IntStream.range(0, 3).mapToDouble(i -> random.unit()).toArray();
        assertThat(first).containsExactly(PYTHON);
    }

    private static final double[] PYTHON = {0.8386042159336123, 0.7208431764386656, 0.8604594978527436};
}
