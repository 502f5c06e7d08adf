package dev.croft.mobility.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.generate.TraceOptions;
import org.junit.jupiter.api.Test;

class PipelineBenchTest {
    @Test
    void countsTheWorkItMeasures() {
        PipelineBench.Result result = PipelineBench.run(TraceOptions.STANDARD, 0.01);
        assertThat(result.points()).isPositive();
        assertThat(result.trips()).isPositive();
        assertThat(result.cpuSeconds()).isPositive();
        assertThat(result.pointsPerCpuSecond()).isPositive();
    }
}
