package dev.croft.capsule.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleBenchTest {
    @TempDir
    Path temp;

    @Test
    void everyMeasurementHasItsBaselineAndLeavesNothingBehind() throws Exception {
        CapsuleBench bench = new CapsuleBench(temp, Duration.ofMillis(20));
        List<BenchResult> results = new ArrayList<>(List.of(
                bench.appendOnTwoThreads(500, 16, 128),
                bench.concurrent(4, 128),
                bench.verify(500, 16, 128),
                bench.verifyOnTwoThreads(500, 16, 128)));
        results.addAll(bench.append(16, 128));
        new ServerBench(temp, Duration.ofMillis(20), 500).run(results::add);
        new HistoryBench(temp, Duration.ofMillis(20), 500).run(results::add);
        new KeyValueBench(temp, Duration.ofMillis(20), 500).run(results::add);
        assertThat(results).hasSizeGreaterThan(28);
        for (BenchResult result : results) {
            assertThat(result.units()).isPositive();
            assertThat(result.seconds()).isPositive();
            assertThat(result.baselineSeconds()).isPositive();
            assertThat(result.share()).isPositive();
        }
        try (var left = Files.list(temp)) {
            assertThat(left).isEmpty();
        }
    }
}
