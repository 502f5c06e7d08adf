package dev.croft.budget.simulation;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.scheduling.ResortingQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** With the reference's half-sorted queue put in, its published outcomes come out as well. */
class HeapOrderTest {
    @TestFactory
    List<DynamicTest> thePublishedOrderIsReproducedBehindTheSwitch() throws IOException {
        Path data = SharedData.budget();
        Assumptions.assumeTrue(data != null, "shared/data/budget is not here");
        var tests = new ArrayList<DynamicTest>();
        for (String name :
                List.of("single_block_dp", "multi_block_dp", "minimal_example_dp", "multi_block_rdp_small")) {
            Path dir = data.resolve(name);
            for (JsonNode run : TraceReader.json(dir.resolve("runs.json"))) {
                if (!"heap".equals(run.path("order").asText(""))) continue;
                String runName = run.get("name").asText();
                tests.add(dynamicTest(name + " " + runName, () -> {
                    var policy = Policy.valueOf(run.get("policy").asText());
                    double value = run.has("N")
                            ? run.get("N").asDouble()
                            : run.path("T").asDouble();
                    Outcomes outcomes = Replay.play(Trace.read(dir, policy), policy, value, ResortingQueue::heapArray)
                            .outcomes();
                    var csv = new StringBuilder();
                    Replay.write(outcomes, csv);
                    RecordedOutcomesTest.assertSame(csv.toString(), RecordedOutcomesTest.recorded(dir, runName));
                }));
            }
        }
        return tests;
    }
}
