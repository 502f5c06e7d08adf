package dev.croft.operator.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The reference's example manifests, unmodified: after every step its statuses, or, where those are wrong, the right ones. */
public abstract class Demos {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Creates or changes a resource. */
    protected abstract void apply(String yaml) throws Exception;

    /** A status as it is stored, {@code kind} being pb or pbc; empty if there is none. */
    protected abstract JsonNode status(String kind, String name) throws Exception;

    protected static String manifest(String name) throws Exception {
        return Files.readString(shared("manifests/" + name));
    }

    static JsonNode demo(String name) throws Exception {
        return JSON.readTree(shared("api_demos/" + name).toFile());
    }

    static Path shared(String path) {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("shared/data/budget").resolve(path);
            if (Files.exists(found)) return found;
        }
        assumeTrue(false, "the folder shared/data/budget is not beside the repository");
        return Path.of("");
    }

    /** The claim of consume-1.yaml, releasing instead. */
    protected static String releasing() throws Exception {
        return manifest("dpf-base/consume-1.yaml")
                .replace("consumeRequest", "releaseRequest")
                .replace("consume:", "release:")
                .replaceAll("(?m)^ *policy:.*\\R?", "");
    }

    @Test
    void allocatingAndConsuming() throws Exception {
        play("dpf_base_allocate_consume.json", "dpf-base", "block-1", (step, expected) -> {
            if (!step.equals("consume-1.yaml")) return;
            // The reference forgets to update the claim.
            ObjectNode claim = (ObjectNode) expected.at("/claims/claim-1");
            claim.set("committedBudgets", claim.remove("acquiredBudgets"));
        });
    }

    @Test
    void releasingGoesToPending() throws Exception {
        JsonNode last = demo("dpf_base_allocate_release.json").at("/steps/1");
        apply(manifest("dpf-base/add-block.yaml"));
        apply(releasing());
        expect("block-1", last);
    }

    @Test
    void renyiDemo() throws Exception {
        play("dpf_rdp_demo.json", "dpf-rdp", "block-1", (step, expected) -> {});
    }

    @Test
    void ordersThatAClaimDoesNotListStayWithTheBlock() throws Exception {
        play("dpf_rdp_claim2_partial_orders.json", "dpf-rdp", "block-1", (step, expected) -> {
            if (!step.equals("add-claim-2.yaml")) return;
            // What the claim costs at orders 3 and 5 is at most what it costs at 3.2 and at 6; the reference drops
            // both.
            ObjectNode block = (ObjectNode) expected.get("block_status");
            ObjectNode available = (ObjectNode) block.get("availableBudget");
            available.set("renyi", JSON.valueToTree(List.of()));
            List<double[]> curve = List.of(
                    new double[] {3, 0.0789659628023818},
                    new double[] {4, 0.2859773085349212},
                    new double[] {5, 0.4394829814011909},
                    new double[] {6, 0.5315863851209527},
                    new double[] {8, 0.6368474179435377},
                    new double[] {16, 0.7771954617069842},
                    new double[] {32, 0.8405784492130568},
                    new double[] {64, 0.8707608242159486},
                    new double[] {1000000, 0.8999981579300835});
            var orders = JSON.createArrayNode();
            for (double[] point : curve)
                orders.addObject().put("alpha", point[0]).put("epsilon", point[1]);
            available.set("renyi", orders);
            // What is acquired is written as it was asked, where the reference replaces 4.000000000000001 by 4.
            JsonNode asked = expected.at(
                    "/claims/claim-1/responses/0/allocateResponse/budgets/privacy-example~1block-1/acquired");
            ((ObjectNode) block.get("acquiredBudgetMap")).set("privacy-example/claim-1", asked);
            ((ObjectNode) expected.at("/claims/claim-1/acquiredBudgets")).set("privacy-example/block-1", asked);
        });
    }

    @Test
    void aClaimThatListsOneOrderIsRefusedAndStripsNothing() throws Exception {
        apply(manifest("dpf-rdp/add-block_rdp.yaml"));
        JsonNode before = demo("dpf_rdp_single_order_strips_block.json").at("/steps/0");
        expect("block-1", before);
        String narrow = manifest("dpf-rdp/add-claim-1b.yaml")
                .replaceAll("alpha: 2\\R *epsilon: 1.0", "alpha: 64\n                epsilon: 0.0001")
                .replaceAll("(?m)^ *- alpha: 4\\R *epsilon: 2.0", "");
        apply(narrow);
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(status("pbc", "claim-1b")
                                .at("/responses/0/error")
                                .asText())
                        .contains("expectedBudget.renyi", "1000000"));
        expect("block-1", before);
    }

    @Test
    void demoB() throws Exception {
        play("dpf_rdp_demo_b.json", "dpf-rdp", "block-b", (step, expected) -> {
            // A demand that equals what is unlocked fits, so the first claim does not wait.
            ObjectNode block = (ObjectNode) expected.get("block_status");
            JsonNode log = block.at("/lockedBudgetMap/privacy-example~1claim-1b~10");
            if (log.isObject()) {
                ObjectNode entry = (ObjectNode) log;
                entry.put("state", "dpf_acquired");
                var amount = JSON.createObjectNode();
                var orders = amount.putArray("renyi");
                orders.addObject().put("alpha", 2).put("epsilon", 1);
                orders.addObject().put("alpha", 4).put("epsilon", 2);
                ((ObjectNode) entry.get("budget")).set("acquired", amount.deepCopy());
                ((ObjectNode) entry.get("budget")).set("reserved", JSON.createObjectNode());
                if (!step.equals("add-claim-1b.yaml")) return;
                block.remove("reservedBudgetMap");
                block.set("availableBudget", JSON.createObjectNode());
                block.putObject("acquiredBudgetMap").set("privacy-example/claim-1b", amount);
                ObjectNode claim = (ObjectNode) expected.at("/claims/claim-1b");
                claim.remove("reservedBudgets");
                claim.putObject("acquiredBudgets").set("privacy-example/block-b", amount);
                ((ObjectNode) claim.at("/responses/0")).put("state", "success");
                ObjectNode told =
                        (ObjectNode) claim.at("/responses/0/allocateResponse/budgets/privacy-example~1block-b");
                told.set("acquired", amount);
                told.set("reserved", JSON.createObjectNode());
            }
        });
    }

    interface Correction {
        void apply(String step, JsonNode expected);
    }

    void play(String demo, String folder, String block, Correction correction) throws Exception {
        for (JsonNode step : demo(demo).get("steps")) {
            String name = step.get("step").asText();
            correction.apply(name, step);
            apply(manifest(folder + "/" + name));
            expect(block, step);
        }
    }

    void expect(String block, JsonNode step) {
        Awaitility.await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
            JsonNode stored = status("pb", block);
            assertThat(Like.difference(block, step.get("block_status"), stored))
                    .as(step.get("step").asText() + ": " + stored)
                    .isNull();
            for (var claim : step.get("claims").properties()) {
                JsonNode of = status("pbc", claim.getKey());
                assertThat(Like.difference(claim.getKey(), claim.getValue(), of))
                        .as(step.get("step").asText() + ": " + of)
                        .isNull();
            }
        });
    }
}
