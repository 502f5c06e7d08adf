package dev.croft.operator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // A null here fails the test, as it should.
class DeskTest {
    private static final String NS = SimulatedCluster.NAMESPACE + "/";

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final SimulatedOperator operator =
            new SimulatedOperator(cluster, Settings.DEFAULT.withN(4), new SplittableRandom(1));

    private void work() {
        while (operator.step()) {}
        // No claim stays new.
        cluster.now += Settings.DEFAULT.newcomer();
        while (operator.step()) {}
    }

    private ClaimStatus claim(String name) {
        return cluster.claims.get(NS + name).status();
    }

    private ClaimStatus.Response answer(String name, int index) {
        return claim(name).responses().get(index);
    }

    private static ClaimSpec.Request ask(double epsilon) {
        return Samples.allocate(PrivacyBudget.of(epsilon, 0), 0, 9, 0);
    }

    private void block() {
        cluster.create("b", Samples.block(PrivacyBudget.of(4, 1e-6), 0));
        work();
    }

    @Test
    void aWaitingClaimIsServedWhenOthersUnlockAndTimesOutOtherwise() {
        block();
        cluster.create("large", Samples.claim(ask(1.5)));
        cluster.create("never", Samples.claim(ask(3.9)));
        work();
        assertThat(claim("large").phase()).isEqualTo("Granted");
        assertThat(claim("never").phase()).isEqualTo("Waiting");
        assertThat(claim("never").waitingFor()).isEqualTo(NS + "b");
        cluster.now += 20_001;
        work();
        assertThat(answer("never", 0).error()).isEqualTo("timeout");
        assertThat(claim("never").phase()).isEqualTo("Failed");
        assertThat(cluster.blocks.get(NS + "b").status().reservedBudgetMap()).isEmpty();
    }

    @Test
    void badRequestsAreAnsweredWithTheFieldAndChangeNothing() {
        block();
        var before = cluster.blocks.get(NS + "b").status();
        Map<String, ClaimSpec.Request> bad = Map.of(
                "function",
                allocate(new ClaimSpec.Demand(null, "f", null)),
                "both",
                allocate(new ClaimSpec.Demand(PrivacyBudget.of(1, 0), null, Map.of())),
                "unknown",
                allocate(new ClaimSpec.Demand(null, null, Map.of(NS + "x", PrivacyBudget.of(1, 0)))),
                "renyi",
                allocate(new ClaimSpec.Demand(Samples.curve(2, 1), null, null)),
                "nothing",
                ask(0),
                "negative",
                ask(-1),
                "nan",
                ask(Double.NaN),
                "infinite",
                ask(Double.POSITIVE_INFINITY),
                "too-much",
                ask(4.1),
                "empty",
                new ClaimSpec.Request("x", null, null, null));
        bad.forEach((name, request) -> cluster.create(name, Samples.claim(request)));
        work();
        for (String name : bad.keySet())
            assertThat(answer(name, 0).error()).as(name).startsWith("requests[0]");
        assertThat(cluster.blocks.get(NS + "b").status()).isEqualTo(before);
        cluster.create("good", Samples.claim(ask(1)));
        work();
        assertThat(claim("good").phase()).isEqualTo("Granted");
    }

    private static ClaimSpec.Request allocate(ClaimSpec.Demand demand) {
        return allocate("taxi", demand);
    }

    private static ClaimSpec.Request allocate(String dataset, ClaimSpec.Demand demand) {
        return new ClaimSpec.Request(
                "a", new ClaimSpec.Allocate(dataset, List.of(), 0, 0, demand, null, 0), null, null);
    }

    @Test
    void aClaimThatIsEditedAfterItsAnswerKeepsIt() {
        block();
        cluster.create("c", Samples.claim(ask(0.5)));
        work();
        var before = cluster.blocks.get(NS + "b").status();
        cluster.describe(NS + "c", Samples.claim(ask(0.9)));
        work();
        operator.die();
        work();
        assertThat(claim("c").acquiredBudgets()).containsEntry(NS + "b", PrivacyBudget.of(0.5, 0));
        assertThat(cluster.blocks.get(NS + "b").status()).isEqualTo(before);
    }

    @Test
    void consumingMoreThanIsAllocatedIsRefusedAndInPartsIsNot() {
        block();
        var spend = new ClaimSpec.Consume(null, Map.of(NS + "b", PrivacyBudget.of(0.3, 0)));
        var request = new ClaimSpec.Request("c", null, spend, null);
        cluster.create("c", Samples.claim(ask(0.5), request, request, Samples.releaseAll()));
        work();
        assertThat(answer("c", 1).state()).isEqualTo("success");
        assertThat(answer("c", 2).error()).contains("more than is allocated");
        assertThat(answer("c", 3).releaseResponse().get(NS + "b").budget()).isEqualTo(PrivacyBudget.of(0.2, 0));
        assertThat(claim("c").committedBudgets()).containsEntry(NS + "b", PrivacyBudget.of(0.3, 0));
        assertThat(claim("c").phase()).isEqualTo("Settled");
    }

    @Test
    void aDeletedClaimGivesBackWhatItHeldAndItsNameMayBeUsedAgain() {
        block();
        cluster.create("c", Samples.claim(ask(0.5)));
        work();
        // Nobody was there when it was deleted and made anew.
        operator.die();
        cluster.delete(NS + "c");
        cluster.create("c", Samples.claim(ask(0.25)));
        work();
        var block = cluster.blocks.get(NS + "b").status();
        assertThat(block.acquiredBudgetMap()).isEqualTo(Map.of(NS + "c", PrivacyBudget.of(0.25, 0)));
        // It went back to what is locked.
        assertThat(block.pendingBudget().epsDel().epsilon()).isEqualTo(2.5);
    }

    @Test
    void aBlockToBeDeletedIsKeptWhileAClaimHoldsSomeOfIt() {
        block();
        cluster.create("c", Samples.claim(ask(0.5)));
        work();
        SeenBlock was = cluster.blocks.get(NS + "b");
        var deleting = new SeenBlock(
                was.namespace(),
                was.name(),
                was.uid(),
                was.version(),
                was.created(),
                true,
                true,
                was.spec(),
                was.status());
        Desk held = Desk.open(Settings.DEFAULT, List.of(deleting), cluster.claims.values(), cluster.now);
        assertThat(held.guards()).isEmpty();
        Desk free = Desk.open(Settings.DEFAULT, List.of(deleting), List.of(), cluster.now);
        assertThat(free.guards()).containsValue(false);
    }

    @Test
    void blocksUnlockWithTimeUnderDpfT() {
        var settings = new Settings(Settings.Policy.DPF_T, 1, 60_000, 30_000, 10_000, 60_000, 0);
        var timed = new SimulatedOperator(cluster, settings, new SplittableRandom(1));
        cluster.create("b", Samples.block(PrivacyBudget.of(3, 0), 0));
        while (timed.step()) {}
        List<Double> available = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            cluster.now += 10_000;
            while (timed.step()) {}
            var budget = cluster.blocks.get(NS + "b").status().availableBudget().epsDel();
            available.add(budget == null ? 0 : budget.epsilon());
        }
        assertThat(available).containsExactly(1.0, 2.0, 3.0, 3.0);
    }

    @Test
    void theDearestBlocksAreLeftOutWhenFewerAreWanted() {
        cluster.create("small", Samples.block(PrivacyBudget.of(1, 1e-6), 1));
        cluster.create("large", Samples.block(PrivacyBudget.of(9, 1e-6), 2));
        cluster.create("other", new BlockSpec(PrivacyBudget.of(99, 0), List.of(), "bus", null, null, null, null));
        work();
        var request = new ClaimSpec.Allocate(
                "taxi", List.of(), 1, 1, new ClaimSpec.Demand(PrivacyBudget.of(0.2, 0), null, null), null, 0);
        cluster.create("c", Samples.claim(new ClaimSpec.Request("a", request, null, null)));
        work();
        assertThat(claim("c").acquiredBudgets()).containsOnlyKeys(NS + "large");
    }

    @Test
    void aPodIsWantedWhenEverythingIsGrantedAndSettlesTheRestWhenItEnds() throws Exception {
        block();
        var template = new ObjectMapper().readTree("{\"spec\":{}}");
        cluster.create(
                "c", new ClaimSpec(List.of(ask(0.5)), null, new ClaimSpec.PodRequest(template, null, "release")));
        work();
        Desk desk = Desk.open(Settings.DEFAULT, cluster.blocks.values(), cluster.claims.values(), cluster.now);
        assertThat(desk.pods().wanted()).containsExactly(NS + "c");
        desk.pods().started(NS + "c", "c");
        assertThat(desk.pods().wanted()).isEmpty();
        desk.pods().ended(NS + "c", true);
        for (List<Write> stage : desk.writes()) for (Write write : stage) desk.stored(write, cluster.store(write));
        assertThat(claim("c").pod()).isEqualTo(new ClaimStatus.Pod("c", "Succeeded"));
        assertThat(claim("c").committedBudgets()).containsEntry(NS + "b", PrivacyBudget.of(0.5, 0));
        assertThat(cluster.blocks.get(NS + "b").status().committedBudgetMap()).containsKey(NS + "c");
    }

    @Test
    void whatCannotBeReadIsToldSoAndStopsNobody() {
        block();
        cluster.put(new SeenClaim(
                SimulatedCluster.NAMESPACE,
                "huge",
                "u-huge",
                "v-huge",
                cluster.now,
                Samples.claim(),
                null,
                "spec.requests[0].allocateRequest.minNumberOfBlocks: MALFORMED: cannot be read",
                false));
        cluster.put(new SeenBlock(
                SimulatedCluster.NAMESPACE,
                "odd",
                "u-odd",
                "v-odd",
                cluster.now,
                false,
                true,
                new BlockSpec(null, List.of(), null, null, null, null, null),
                null,
                "spec.initialBudget.epsDel: MALFORMED: cannot be read",
                false));
        cluster.create("good", Samples.claim(ask(1)));
        work();
        assertThat(answer("huge", 0).error()).contains("minNumberOfBlocks");
        assertThat(cluster.blocks.get(NS + "odd").status().message()).contains("spec.initialBudget.epsDel");
        assertThat(claim("good").phase()).isEqualTo("Granted");
    }

    @Test
    void whatTheApiServerRefusesToStoreStaysAsItIsAndStopsNobody() {
        block();
        cluster.create("held", Samples.claim(ask(0.5)));
        work();
        SeenBlock held = cluster.blocks.get(NS + "b");
        cluster.create("other", new BlockSpec(PrivacyBudget.of(1, 0), List.of(), "bus", null, null, null, null));
        cluster.create("late", Samples.claim(ask(0.5)));
        cluster.create(
                "bus", Samples.claim(allocate("bus", new ClaimSpec.Demand(PrivacyBudget.of(0.2, 0), null, null))));
        List<SeenBlock> blocks = new ArrayList<>(cluster.blocks.values());
        blocks.replaceAll(b -> b.name().equals("b") ? b.muted() : b);
        Desk desk = Desk.open(Settings.DEFAULT.withN(1), blocks, cluster.claims.values(), cluster.now);
        desk.turn(cluster.now);
        desk.turn(cluster.now + Settings.DEFAULT.newcomer());
        for (List<Write> stage : desk.writes()) for (Write write : stage) desk.stored(write, cluster.store(write));
        assertThat(cluster.blocks.get(NS + "b")).isEqualTo(held);
        assertThat(claim("held").phase()).isEqualTo("Granted");
        assertThat(answer("late", 0).error()).contains("conditions");
        assertThat(claim("bus").phase()).isEqualTo("Granted");
    }

    @Test
    void aPodThatCanNeverStartGivesItsBudgetBack() throws Exception {
        block();
        var template = new ObjectMapper().readTree("{\"spec\":{}}");
        cluster.create("c", new ClaimSpec(List.of(ask(0.5)), null, new ClaimSpec.PodRequest(template, null, null)));
        work();
        Desk desk = Desk.open(Settings.DEFAULT, cluster.blocks.values(), cluster.claims.values(), cluster.now);
        desk.pods().refused(NS + "c", "c", "spec.pod.template: no containers");
        for (List<Write> stage : desk.writes()) for (Write write : stage) desk.stored(write, cluster.store(write));
        assertThat(claim("c").pod().message()).contains("no containers");
        assertThat(claim("c").phase()).isEqualTo("Settled");
        assertThat(cluster.blocks.get(NS + "b").status().acquiredBudgetMap()).isEmpty();
        assertThat(cluster.blocks.get(NS + "b").status().committedBudgetMap()).isEmpty();
    }

    @Test
    void aPodThatReportsWhatItConsumedGivesTheRestBack() throws Exception {
        block();
        var template = new ObjectMapper().readTree("{\"spec\":{}}");
        cluster.create("c", new ClaimSpec(List.of(ask(0.5)), null, new ClaimSpec.PodRequest(template, "report", null)));
        cluster.create("d", new ClaimSpec(List.of(ask(0.5)), null, new ClaimSpec.PodRequest(template, "report", null)));
        work();
        Desk desk = Desk.open(Settings.DEFAULT, cluster.blocks.values(), cluster.claims.values(), cluster.now);
        for (String name : List.of("c", "d")) desk.pods().started(NS + name, name);
        desk.pods().ended(NS + "c", true, Map.of(NS + "b", PrivacyBudget.of(0.125, 0)));
        desk.pods().ended(NS + "d", true, Map.of(NS + "b", PrivacyBudget.of(-7, 0)));
        for (List<Write> stage : desk.writes()) for (Write write : stage) desk.stored(write, cluster.store(write));
        var block = cluster.blocks.get(NS + "b").status();
        assertThat(block.committedBudgetMap()).containsEntry(NS + "c", PrivacyBudget.of(0.125, 0));
        // What is no report is everything.
        assertThat(block.committedBudgetMap()).containsEntry(NS + "d", PrivacyBudget.of(0.5, 0));
        assertThat(block.acquiredBudgetMap()).isEmpty();
        assertThat(claim("c").committedBudgets()).containsEntry(NS + "b", PrivacyBudget.of(0.125, 0));
        assertThat(claim("c").phase()).isEqualTo("Settled");
    }

    @Test
    void aClaimThatIsSeenBeforeItsBlockGetsIt() {
        cluster.create("early", Samples.claim(ask(1)));
        while (operator.step()) {}
        assertThat(claim("early")).isNull();
        cluster.create("b", Samples.block(PrivacyBudget.of(4, 1e-6), 0));
        while (operator.step()) {}
        assertThat(claim("early").phase()).isEqualTo("Granted");
    }
}
