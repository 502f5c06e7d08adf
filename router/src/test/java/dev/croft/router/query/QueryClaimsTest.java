package dev.croft.router.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.books.BookCommand;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.router.Role;
import dev.croft.router.claims.ClaimService;
import dev.croft.router.claims.QueryClaims;
import dev.croft.router.query.SimulatedWorld.Faults;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.QueryJournal;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries across people are claims on a block for each of them; the ledger of each private cloud stays the truth. */
class QueryClaimsTest {

    @TempDir
    Path directory;

    private static final QueryRequest REQUEST = new QueryRequest(
            "count",
            List.of(new QueryRequest.Cell("one", new BsonDocument()), new QueryRequest.Cell("two", new BsonDocument())),
            null,
            null,
            new BigDecimal("0.5"),
            null,
            2,
            null);

    private ClaimService service(Registry registry) {
        return new ClaimService(registry.budget(), directory, new Dpf.Unlocking.PerArrival(1), Clock.systemUTC());
    }

    @Test
    void whatIsConsumedOfEveryBlockIsWhatEachPrivateCloudChargedWhateverFails() {
        SimulatedWorld world = new SimulatedWorld(5, 6, 10);
        try (Registry registry = TestDatabases.quick().open(Clock.systemUTC());
                ClaimService claims = service(registry)) {
            Account ana = registry.accounts().create("ana", Role.ANALYST, null);
            for (int i = 0; i < 30; i++) {
                String id = "00000000-0000-0000-0000-0000000000" + (10 + i);
                world.begin(registry, ana, id, REQUEST);
                world.faults(new Faults(0.1, 0.1, 0.1, false, true), 3 + i * 2);
                for (int again = 0; again < 12; again++) {
                    try (Coordinator coordinator = world.coordinator(registry, new QueryClaims(claims), 2)) {
                        coordinator.drive(id);
                    }
                    world.restart(Duration.ofMinutes(again > 8 ? 20 : 1));
                }
                assertThat(registry.queries().find(id).orElseThrow().state())
                        .isIn(QueryJournal.State.ANSWERED, QueryJournal.State.FAILED);
            }
            Map<String, Long> charged = new HashMap<>();
            world.charged.forEach((leg, nanos) -> charged.merge(leg.split("/")[0], nanos, Long::sum));
            assertThat(charged).isNotEmpty();
            claims.read(books -> {
                books.blocks().forEach(block -> {
                    String cloud = block.spec().id().substring(QueryClaims.DATASET.length() + 1);
                    assertThat((long) block.consumed()[0]).as(cloud).isEqualTo(charged.getOrDefault(cloud, 0L));
                    assertThat(block.allocated()[0]).as(cloud).isZero();
                });
                assertThat(books.claims()).allMatch(claim -> claim.state().isFinal());
                return true;
            });
        }
    }

    @Test
    void anOperatorsCapOnAPrivateCloudRefusesTheWholeQueryBeforeAnyoneIsAsked() {
        SimulatedWorld world = new SimulatedWorld(6, 3, 10);
        try (Registry registry = TestDatabases.quick().open(Clock.systemUTC());
                ClaimService claims = service(registry)) {
            Account ana = registry.accounts().create("ana", Role.ANALYST, null);
            String capped = QueryClaims.DATASET + "/" + world.enrolments.get(1).cloudId();
            claims.decide(
                    "operator",
                    new BookCommand.CreateBlock(new BlockSpec(
                            capped, QueryClaims.DATASET, TimeWindow.ALWAYS, Map.of("user", "x"), Cost.of(1.5, 0))),
                    _ -> {},
                    _ -> true);
            for (String id : List.of("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002")) {
                world.begin(registry, ana, id, REQUEST);
                try (Coordinator coordinator = world.coordinator(registry, new QueryClaims(claims), 2)) {
                    coordinator.drive(id);
                }
            }
            QueryJournal.Entry second = registry.queries()
                    .find("00000000-0000-0000-0000-000000000002")
                    .orElseThrow();
            assertThat(second.state()).isEqualTo(QueryJournal.State.FAILED);
            assertThat(second.problem()).contains("this router allows");
            assertThat(world.legs).doesNotContainValue(SimulatedWorld.State.RESERVED);
            BlockView block = claims.read(books -> books.block(capped).orElseThrow());
            assertThat(block.consumed()[0]).isEqualTo(1e9);
            assertThat(block.allocated()[0]).isZero();
            assertThat(claims.<Boolean>read(books -> books.claims().anyMatch(c -> c.state() == ClaimState.ALLOCATED)))
                    .isFalse();
        }
    }
}
