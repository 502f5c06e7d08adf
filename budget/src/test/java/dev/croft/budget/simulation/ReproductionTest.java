package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproductionTest {
    @TempDir
    Path dir;

    @Test
    void everyNumberTheReferenceIsKnownToGiveComesOut() throws Exception {
        var done = new AtomicInteger();
        var rows = Reproduction.run(dir, i -> done.incrementAndGet());
        assertThat(done).hasValue(Reproduction.size());
        assertThat(rows.stream().filter(r -> r.reference() >= 0))
                .hasSizeGreaterThan(30)
                .allSatisfy(row -> assertThat(row.granted()).as(row.toString()).isEqualTo(row.reference()));
        assertThat(Files.readString(dir.resolve("multi-block.svg")))
                .startsWith("<svg")
                .contains("DPF-N");
        assertThat(Files.readAllLines(dir.resolve("table.csv"))).hasSize(rows.size() + 1);
        for (String file : List.of("granted-over-time.png", "budget-left.svg", "delay.png", "results.arrow"))
            assertThat(dir.resolve("multi-block-renyi-runs").resolve(file)).isNotEmptyFile();
    }
}
