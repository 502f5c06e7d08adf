package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every outcome recorded from the reference simulators, byte for byte. */
class RecordedOutcomesTest {
    @TestFactory
    List<DynamicTest> everyRecordedOutcomeIsReproduced() throws IOException {
        Path data = SharedData.budget();
        Assumptions.assumeTrue(data != null, "shared/data/budget is not here");
        var tests = new ArrayList<DynamicTest>();
        for (String name :
                List.of("single_block_dp", "multi_block_dp", "minimal_example_dp", "multi_block_rdp_small")) {
            Path dir = data.resolve(name);
            for (JsonNode run : TraceReader.json(dir.resolve("runs.json"))) {
                if ("heap".equals(run.path("order").asText(""))) continue;
                String runName = run.get("name").asText();
                tests.add(dynamicTest(name + " " + runName, () -> {
                    var policy = Policy.valueOf(run.get("policy").asText());
                    double value = run.has("N")
                            ? run.get("N").asDouble()
                            : run.path("T").asDouble();
                    var csv = new StringBuilder();
                    Replay.run(dir, policy, value, csv);
                    assertSame(csv.toString(), recorded(dir, runName));
                }));
            }
        }
        Path batch = data.resolve("dpack_batch_rdp");
        tests.add(dynamicTest("dpack_batch_rdp Fcfs", () -> assertBatch(batch, Policy.FCFS, "Fcfs")));
        tests.add(dynamicTest(
                "dpack_batch_rdp DominantShares", () -> assertBatch(batch, Policy.DPF_T, "DominantShares")));
        tests.add(dynamicTest(
                "dpack_batch_rdp ArgmaxKnapsack grants as many as recorded",
                () -> assertThat(Replay.run(batch, Policy.DPACK, 0, new StringBuilder())
                                .granted())
                        .isEqualTo(920)));
        return tests;
    }

    private static void assertBatch(Path dir, Policy policy, String run) throws IOException {
        var csv = new StringBuilder();
        Replay.run(dir, policy, 0, csv);
        assertSame(csv.toString(), recorded(dir, run));
    }

    static void assertSame(String actual, String recorded) {
        if (actual.equals(recorded)) return;
        String[] ours = actual.split("\r\n");
        String[] theirs = recorded.split("\r\n");
        var differences = new ArrayList<String>();
        for (int i = 0; i < theirs.length; i++)
            if (!ours[i].equals(theirs[i])) differences.add(ours[i] + " instead of " + theirs[i]);
        assertThat(differences.stream().limit(10))
                .as(differences.size() + " of " + (theirs.length - 1) + " claims differ")
                .isEmpty();
        assertThat(actual).isEqualTo(recorded);
    }

    static String recorded(Path dir, String run) throws IOException {
        Path plain = dir.resolve("outcomes").resolve(run + ".csv");
        if (Files.exists(plain)) return Files.readString(plain);
        try (InputStream in = new GZIPInputStream(Files.newInputStream(Path.of(plain + ".gz")))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
