package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.Epsilon;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.StreamSpec;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.router.tls.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks and claims over HTTP, each test on blocks of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BudgetApiTest {

    private TestRouter router;
    private HttpClient http;
    private BudgetClient operator;
    private BudgetClient ana;
    private BudgetClient ben;
    private String anasToken;

    @BeforeAll
    void start() {
        router = new TestRouter();
        http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .build();
        operator = router.operator().budget();
        RouterClient account = router.account("ana", Role.ANALYST);
        ana = account.budget();
        anasToken = router.operator()
                .issueTokenFor("ana", "raw", Role.ANALYST.scopes(), Duration.ofHours(1))
                .secret();
        ben = router.account("ben", Role.ANALYST).budget();
    }

    @AfterAll
    void stop() {
        http.shutdownNow();
        router.close();
    }

    private static BlockSpec block(String id) {
        return new BlockSpec(id, "set-" + id, TimeWindow.ALWAYS, Map.of(), Cost.of(1, 1e-6));
    }

    private static ClaimRequest claim(String id, String block, double epsilon) {
        return new ClaimRequest(
                id,
                new Selector.Named(List.of(block)),
                Cost.of(epsilon, 0),
                1,
                Duration.ofMinutes(5),
                Duration.ofHours(1));
    }

    @Test
    void aClaimIsAllocatedConsumedInPartsAndReleased() {
        operator.createBlock(block("parts"));
        ClaimView claim = ana.submit(claim("training", "parts", 0.6));
        assertThat(claim.state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(ana.submit(claim("training", "parts", 0.6))).isEqualTo(claim);
        ana.consume("training", "epoch-1", Map.of("parts", Cost.of(0.1, 0)));
        claim = ana.consume("training", "epoch-1", Map.of("parts", Cost.of(0.1, 0)));
        assertThat(claim.consumed()).containsEntry("parts", Cost.of(0.1, 0));
        assertThat(ana.submit(claim("late", "parts", 0.7)).state()).isEqualTo(ClaimState.WAITING);
        assertThat(ana.release("training").state()).isEqualTo(ClaimState.SETTLED);
        assertThat(ana.awaitDecision("late", Duration.ofSeconds(30)).state()).isEqualTo(ClaimState.ALLOCATED);
        BlockView view = ana.block("parts");
        assertThat(view.consumed()[0]).isEqualTo(0.1e9);
        assertThat(view.allocated()[0]).isEqualTo(0.7e9);
        assertThat(view.unlocked()[0]).isEqualTo(0.2e9);
    }

    @Test
    void claimsAreTheirAccountsOwnAndNamesDoNotCollide() {
        operator.createBlock(block("own"));
        ana.submit(claim("mine", "own", 0.1));
        assertThatThrownBy(() -> ben.claim("mine")).hasMessageStartingWith("not-found");
        assertThatThrownBy(() -> ben.release("mine")).hasMessageStartingWith("not-found");
        assertThatThrownBy(() -> ben.consume("mine", "k", Map.of("own", Cost.of(0.1, 0))))
                .hasMessageStartingWith("not-found");
        assertThat(ben.submit(claim("mine", "own", 0.2)).state()).isEqualTo(ClaimState.ALLOCATED);
        assertThat(ben.claims()).extracting(ClaimView::id).containsExactly("mine");
        assertThat(operator.claims()).extracting(ClaimView::id).contains("mine", "mine");
        assertThat(send("GET", "/budget/claims/mine?account=ben", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void onlyOperatorsMakeBlocksAndWeighClaims() {
        assertThatThrownBy(() -> ana.createBlock(block("no"))).hasMessageStartingWith("forbidden");
        assertThatThrownBy(() -> ana.retireBlock("no")).hasMessageStartingWith("forbidden");
        operator.createBlock(block("weights"));
        ClaimRequest heavy = new ClaimRequest(
                "heavy",
                new Selector.Named(List.of("weights")),
                Cost.of(0.1, 0),
                5,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1));
        assertThatThrownBy(() -> ana.submit(heavy)).hasMessageContaining("weight: OUT_OF_RANGE");
        assertThat(operator.submit(heavy).state()).isEqualTo(ClaimState.ALLOCATED);
    }

    @Test
    void aBlockIsRetiredAndDeletedOnlyWithoutOpenClaims() {
        operator.createBlock(block("life"));
        ana.submit(claim("life", "life", 0.5));
        assertThatThrownBy(() -> operator.deleteBlock("life"))
                .isInstanceOfSatisfying(
                        RouterClient.Refused.class, e -> assertThat(e.status()).isEqualTo(409));
        assertThat(operator.retireBlock("life").state()).isEqualTo(BlockView.State.RETIRED);
        ana.consume("life", "k", Map.of("life", Cost.of(0.5, 0)));
        ana.release("life");
        assertThat(operator.deleteBlock("life").state()).isEqualTo(BlockView.State.DELETED);
        // The account outlives the block (defect 12).
        assertThat(operator.block("life").consumed()[0]).isEqualTo(0.5e9);
        assertThatThrownBy(() -> ana.submit(claim("again", "life", 0.1))).hasMessageContaining("blocks: UNKNOWN");
    }

    @Test
    void peoplesBlocksAndTheirNamesAreHiddenFromAnalysts() {
        operator.openStream(new StreamSpec(
                new BlockStream("people", BlockStream.By.USER, Duration.ZERO, Cost.of(1, 0)),
                new StreamSpec.Counter(Epsilon.parse("0.1"), 100)));
        operator.observe("people", List.of(new BookCommand.Observe.Datum("zoe", Instant.now())));
        assertThat(operator.blocks("people")).hasSize(1);
        assertThat(ana.blocks("people")).isEmpty();
        assertThatThrownBy(() -> ana.block("people/zoe")).hasMessageStartingWith("not-found");
        assertThatThrownBy(() -> ana.submit(claim("p", "people/zoe", 0.1))).hasMessageContaining("blocks: UNKNOWN");
        var newest = new ClaimRequest(
                "n",
                new Selector.Newest("people", 1),
                Cost.of(0.1, 0),
                1,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1));
        assertThatThrownBy(() -> ana.submit(newest)).hasMessageContaining("blocks: UNKNOWN");
        assertThat(operator.submit(newest).state()).isEqualTo(ClaimState.ALLOCATED);
        var ticked = operator.endTick("people", 1);
        assertThat(operator.endTick("people", 1)).isEqualTo(ticked);
        assertThat(ana.streams())
                .filteredOn(s -> s.spec().name().equals("people"))
                .containsExactly(ticked);
    }

    @Test
    void manyClaimsInOneRequestAreAnsweredOneByOne() {
        operator.createBlock(block("many"));
        var results =
                ana.submit(List.of(claim("m1", "many", 0.4), claim("m2", "nowhere", 0.4), claim("m3", "many", 0.9)));
        assertThat(results.get(0)).isInstanceOf(BudgetClient.Result.Decided.class);
        assertThat(results.get(1))
                .isInstanceOfSatisfying(
                        BudgetClient.Result.Refused.class,
                        refused -> assertThat(refused.detail()).startsWith("blocks: UNKNOWN"));
        assertThat(((BudgetClient.Result.Decided) results.get(2)).claim().waitingFor())
                .isEqualTo("many");
    }

    @Test
    void anAccountThatWaitsForTooMuchAsksLaterForMore() {
        operator.createBlock(block("crowded"));
        BudgetClient carl = router.account("carl", Role.ANALYST).budget();
        carl.submit(claim("first", "crowded", 0.9));
        for (int i = 0; i < 10; i++) {
            int from = i * 1000;
            carl.submit(IntStream.range(from, from + 1000)
                    .mapToObj(n -> claim("w" + n, "crowded", 0.5))
                    .toList());
        }
        assertThatThrownBy(() -> carl.submit(claim("more", "crowded", 0.5))).hasMessageContaining("too many requests");
        assertThat(carl.submit(List.of(claim("more", "crowded", 0.5))))
                .singleElement()
                .isInstanceOf(BudgetClient.Result.Refused.class);
        // What was asked before may be asked again, and others are not kept from asking.
        assertThat(carl.submit(claim("w7", "crowded", 0.5)).state()).isEqualTo(ClaimState.WAITING);
        assertThat(ben.submit(claim("more", "crowded", 0.5)).state()).isEqualTo(ClaimState.WAITING);
        carl.release("w7");
        assertThat(carl.submit(claim("more", "crowded", 0.5)).state()).isEqualTo(ClaimState.WAITING);
    }

    private HttpResponse<String> send(String method, String path, String body) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(router.uri() + "/api/v1" + path))
                            .header("Authorization", "Bearer " + anasToken)
                            .header("Content-Type", "application/json")
                            .timeout(Duration.ofSeconds(60))
                            .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':'NaN'}}|demand.epsilon|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':-0.1}}|demand.epsilon|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':1e999}}|demand.epsilon|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':1e99}}|demand|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':0}}|demand|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'orders':[2],'epsilons':[0.1]}}|demand|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'function':'f'}}|demand.epsilon|400",
                "{'id':'x','blocks':{'ids':['gone']},'demand':{'epsilon':0.1}}|blocks|400",
                "{'id':'x','blocks':{'ids':['bad','bad']},'demand':{'epsilon':0.1}}|blocks|400",
                "{'id':'x','blocks':{'ids':['bad']},'demand':{'epsilon':0.1},'priority':3}|priority|400",
                "{'id':'held','blocks':{'ids':['bad']},'demand':{'epsilon':0.3}}|claim.id|409",
                "{'id':'a/b','blocks':{'ids':['bad']},'demand':{'epsilon':0.1}}|id|400",
            })
    void badInputIsRefusedByItsFieldChangesNothingAndTheServiceGoesOn(String json, String field, int status)
            throws Exception {
        operator.createBlock(block("bad"));
        ana.submit(claim("held", "bad", 0.1));
        double[] before = operator.block("bad").unlocked();
        HttpResponse<String> answer = send("POST", "/budget/claims", json.replace('\'', '"'));
        JsonNode problem = Json.shared().readTree(answer.body());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(problem.path("field").asText()).as(answer.body()).isEqualTo(field);
        assertThat(operator.block("bad").unlocked()).isEqualTo(before);
        assertThat(ana.claim("held").state()).isEqualTo(ClaimState.ALLOCATED);
    }

    @Test
    void aHugeListOfOrdersIsRefusedByItsField() throws Exception {
        operator.createBlock(block("orders"));
        String body = "{\"id\":\"o\",\"blocks\":{\"ids\":[\"orders\"]},\"demand\":{\"orders\":[2" + ",3".repeat(50_000)
                + "],\"epsilons\":[1]}}";
        JsonNode problem =
                Json.shared().readTree(send("POST", "/budget/claims", body).body());
        assertThat(problem.path("field").asText()).isEqualTo("demand.orders");
    }
}
