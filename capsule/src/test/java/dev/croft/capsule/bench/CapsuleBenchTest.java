package dev.croft.capsule.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleBenchTest {
    @TempDir
    Path temp;

    @Test
    void everyMeasurementHasItsBaselineAndLeavesNothingBehind() throws Exception {
        CapsuleBench bench = new CapsuleBench(temp, Duration.ofMillis(20));
        for (BenchResult result : new BenchResult[] {
            bench.append(16, 128), bench.verify(500, 16, 128), bench.open(500, 128), bench.read(500, 128)
        }) {
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
