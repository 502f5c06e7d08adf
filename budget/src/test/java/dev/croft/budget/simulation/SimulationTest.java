package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulationTest {
    @TempDir
    Path folder;

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void everyRunHasItsClaimsAndTheFiguresAreThere(boolean renyi) throws Exception {
        Simulation simulation = Simulation.of(json("{'load':{'duration':40,'renyi':" + renyi
                + "},'runs':[{'policy':'DPF_N','values':[10,50]},{'policy':'FCFS'},{'policy':'DPF_T','value':20}]}"));
        List<Sweep.Result> results = simulation.run(folder, _ -> {});
        assertThat(results).hasSize(4);
        for (Simulation.Run run : simulation.runs())
            assertThat(Files.readAllLines(folder.resolve("claims-" + run.name() + ".csv")))
                    .hasSize(results.getFirst().claims() + 1);
        assertThat(Files.readAllLines(folder.resolve("results.csv"))).hasSize(5);
        for (String figure : List.of("granted-over-time", "delay", "budget-left", "granted-against-parameter")) {
            assertThat(Files.readString(folder.resolve(figure + ".svg")))
                    .contains("<polyline")
                    .doesNotContain("NaN");
            assertThat(ImageIO.read(folder.resolve(figure + ".png").toFile()).getWidth())
                    .isEqualTo(1440);
        }
    }

    @Test
    void theReferencesConfigurationIsALoad() throws Exception {
        Path shared = SharedData.budget();
        Assumptions.assumeTrue(shared != null, "shared/data/budget is not beside the repository");
        Path trace = Objects.requireNonNull(shared).resolve("single_block_dp/trace.json");
        JsonNode config =
                new ObjectMapper().createObjectNode().set("load", new ObjectMapper().readTree(trace.toFile()));
        ((ObjectNode) config).set("runs", json("[{'policy':'DPF_N','value':100},{'policy':'FCFS'}]"));
        List<Sweep.Result> results = Simulation.of(config).run(folder, _ -> {});
        assertThat(results).extracting(Sweep.Result::granted).containsExactly(82, 46);
    }

    /** The trade-off on a load of analysts of whom the first sends fifty times what the last does. */
    @Test
    void betweenFairnessAndEfficiencyTheSameLoadIsSharedAsTheBalanceSays() throws Exception {
        List<Sweep.Result> results = Simulation.of(json("{'load':{'duration':200,'analysts':50},'runs':["
                        + "{'policy':'DPBALANCE','value':100,'beta':2,'lambda':0.5},{'policy':'DPBALANCE','value':100},"
                        + "{'policy':'DPBALANCE','value':100,'lambda':1e9},{'policy':'DPACK','value':100}]}"))
                .run(folder, _ -> {});
        assertThat(results.get(0).analystFairness())
                .isGreaterThan(results.get(1).analystFairness());
        assertThat(results.get(1).analystFairness())
                .isGreaterThan(results.get(3).analystFairness());
        assertThat(results.get(0).granted()).isLessThan(results.get(1).granted());
        assertThat(results.get(1).granted()).isLessThanOrEqualTo(results.get(3).granted());
        assertThat(results.get(2).granted()).isEqualTo(results.get(3).granted());
        assertThat(folder.resolve("claims-dpbalance-100-beta-2-lambda-0.5.csv")).exists();
    }

    @Test
    void heavyClaimsAreServedFirstByThePoliciesThatLookAtWeights() throws Exception {
        JsonNode config = json("{'load':{'duration':100,'heavy_weight':10,'heavy_share':0.2,'demands':'LOG_UNIFORM'},"
                + "'runs':[{'policy':'DPACK','value':50},{'policy':'DPF_N','value':100},{'policy':'FCFS'}]}");
        List<Sweep.Result> results = Simulation.of(config).run(folder, _ -> {});
        double blind = results.get(2).grantedWeight() / results.get(2).granted();
        assertThat(results.get(0).grantedWeight() / results.get(0).granted()).isGreaterThan(1.5 * blind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'runs':[]}|load",
                "{'load':{}}|runs",
                "{'load':{},'runs':[]}|runs",
                "{'load':{},'runs':[{'policy':'BEST'}]}|runs.policy",
                "{'load':{},'runs':[{'policy':'DPF_N'}]}|runs.value",
                "{'load':{'interval':-1},'runs':[{'policy':'FCFS'}]}|interval",
                "{'load':{},'runs':[{'policy':'FCFS'}],'extra':1}|extra",
                "{'load':{'analysts':-1},'runs':[{'policy':'FCFS'}]}|analysts",
                "{'load':{'demands':'MANY'},'runs':[{'policy':'FCFS'}]}|demands",
                "{'load':{'heavy_share':2},'runs':[{'policy':'FCFS'}]}|heavy_share",
                "{'load':{'heavy_weight':0},'runs':[{'policy':'FCFS'}]}|heavy_weight",
                "{'load':{},'runs':[{'policy':'DPBALANCE','value':9,'lambda':0.1}]}|lambda",
            })
    void aFileThatMakesNoSenseIsRefusedByItsField(String text, String field) {
        assertThatThrownBy(() -> Simulation.of(json(text))).hasMessageStartingWith(field + ":");
    }
}
