package dev.croft.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsBenchIT {
    @TempDir
    Path folder;

    /** It starts a whole server. */
    @Test
    void claimsOverHttpAreMeasuredBesideBareSyncs() throws Exception {
        List<Measure> measures = new ArrayList<>();
        ClaimsBench.run(folder, Duration.ofSeconds(Integer.getInteger("croft.bench.seconds", 1)), measures::add);
        assertThat(measures)
                .hasSize(8)
                .allSatisfy(measure -> assertThat(measure.value()).isPositive());
        if (Boolean.getBoolean("croft.bench.print")) {
            measures.forEach(measure -> System.out.println(measure));
        }
    }
}
