package dev.croft.router.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.BookJson;
import dev.croft.budget.books.Books;
import dev.croft.budget.books.CommandJson;
import dev.croft.budget.books.StreamSpec;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.router.registry.BudgetJournal;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import dev.croft.vault.api.OwnerKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClaimServiceTest {

    private static final Dpf.Unlocking FOURTHS = new Dpf.Unlocking.PerArrival(4);

    @TempDir
    Path directory;

    private ClaimService open(Registry registry) {
        return new ClaimService(registry.budget(), directory.resolve("budget"), FOURTHS, Clock.systemUTC());
    }

    private static void block(ClaimService service, String id, double epsilon) {
        service.decide(
                "operator",
                new BookCommand.CreateBlock(
                        new BlockSpec(id, "trips", TimeWindow.ALWAYS, Map.of(), Cost.of(epsilon, 1e-6))),
                _ -> {},
                _ -> true);
    }

    private static ClaimRequest request(String id, double epsilon, Duration patience, String... blocks) {
        return new ClaimRequest(
                id, new Selector.Named(List.of(blocks)), Cost.of(epsilon, 0), 1, patience, Duration.ofHours(1));
    }

    private static CompletableFuture<ClaimView> submit(ClaimService service, ClaimRequest request) {
        return service.begin(
                "ana",
                new BookCommand.Submit(request),
                _ -> {},
                books -> books.claim(request.id()).orElseThrow());
    }

    private static ClaimView submit(ClaimService service, String id, double epsilon, String... blocks) {
        return ClaimService.await(submit(service, request(id, epsilon, Duration.ofMinutes(5), blocks)));
    }

    private static String describe(ClaimService service) {
        return service.read(books -> {
            var text = new StringBuilder();
            books.blocks().forEach(block -> text.append(BookJson.block(block)).append('\n'));
            books.claims().forEach(claim -> text.append(BookJson.claim(claim)).append('\n'));
            books.streams()
                    .forEach(stream -> text.append(CommandJson.view(stream)).append('\n'));
            return text.toString();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aRestartRebuildsBlocksClaimsAndStreamsExactly(Supplier<TestDatabases.Database> databases) {
        TestDatabases.Database database = databases.get();
        String before;
        try (Registry registry = database.open(Clock.systemUTC());
                ClaimService service = open(registry)) {
            block(service, "b", 1);
            block(service, "c", 2);
            assertThat(submit(service, "one", 0.2, "b", "c").state()).isEqualTo(ClaimState.ALLOCATED);
            assertThat(submit(service, "waits", 0.9, "b").state()).isEqualTo(ClaimState.WAITING);
            assertThat(submit(service, "never", 3, "b").state()).isEqualTo(ClaimState.REFUSED);
            service.decide("ana", new BookCommand.Consume("one", "k", Map.of("b", Cost.of(0.1, 0))), _ -> {}, _ -> 0);
            service.decide("ana", new BookCommand.Release("one"), _ -> {}, _ -> 0);
            var stream = new StreamSpec(
                    new BlockStream("people", BlockStream.By.USER, Duration.ZERO, Cost.of(1, 0)),
                    new StreamSpec.Counter(Epsilon.parse("0.5"), 100));
            service.decide("operator", new BookCommand.OpenStream(stream), _ -> {}, _ -> 0);
            service.decide(
                    "operator",
                    new BookCommand.Observe("people", List.of(new BookCommand.Observe.Datum("u", Instant.now()))),
                    _ -> {},
                    _ -> 0);
            ClaimService.await(service.begin("operator", books -> books.drawTick("people", new Random()), _ -> 0));
            before = describe(service);
        }
        for (int i = 0; i < 2; i++) {
            try (Registry registry = database.open(Clock.systemUTC());
                    ClaimService service = open(registry)) {
                assertThat(describe(service)).isEqualTo(before);
                // One record for each entry, the first of which says how blocks unlock.
                assertThat(service.recorded()).isEqualTo(entries(registry).size());
            }
        }
    }

    private static List<BudgetJournal.Entry> entries(Registry registry) {
        List<BudgetJournal.Entry> entries = new ArrayList<>();
        registry.budget().replay(entries::add);
        return entries;
    }

    @Test
    void everyDecisionIsInTheSignedCapsuleWithWhatItChanged() {
        try (Registry registry = TestDatabases.embedded().open(Clock.systemUTC());
                ClaimService service = open(registry)) {
            block(service, "b", 1);
            for (int i = 0; i < 4; i++) submit(service, "c" + i, 0.25, "b");
            submit(service, "waits", 0.25, "b");
            service.decide("ana", new BookCommand.Release("c0"), _ -> {}, _ -> 0);
            assertThat(service.recorded()).isEqualTo(8);
        }
        Path capsule = directory.resolve("budget/decisions");
        assertThat(CapsuleVerifier.verify(capsule).intact()).isTrue();
        try (OwnerKey key = OwnerKey.load(directory.resolve("budget/operator.key"), null);
                CapsuleReader reader = CapsuleReader.open(capsule, key.readerKey())) {
            String last = new String(reader.read(7).body(), StandardCharsets.UTF_8);
            // The release is recorded together with the claim that it let through.
            assertThat(last)
                    .contains("\"command\":\"release\",\"claim\":\"c0\"")
                    .contains("\"actor\":\"ana\"")
                    .contains("{\"claim\":\"c0\",\"state\":\"settled\"},{\"claim\":\"waits\",\"state\":\"allocated\"}");
        }
    }

    @Test
    void aRepetitionIsAnsweredAndNotWrittenAndRefusedInputLeavesNoTrace() {
        try (Registry registry = TestDatabases.embedded().open(Clock.systemUTC());
                ClaimService service = open(registry)) {
            block(service, "b", 1);
            ClaimView first = submit(service, "c", 0.2, "b");
            int written = entries(registry).size();
            assertThat(submit(service, "c", 0.2, "b")).isEqualTo(first);
            assertThatThrownBy(() -> submit(service, "c", 0.1, "b")).hasMessageStartingWith("claim.id: DUPLICATE");
            assertThatThrownBy(() -> submit(service, "d", 0.1, "nowhere"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("blocks: UNKNOWN");
            assertThat(entries(registry)).hasSize(written);
            assertThat(submit(service, "e", 0.1, "b").state()).isEqualTo(ClaimState.ALLOCATED);
        }
    }

    @Test
    void patienceEndsByItselfAndWhoeverWaitsIsTold() throws InterruptedException {
        try (Registry registry = TestDatabases.embedded().open(Clock.systemUTC());
                ClaimService service = open(registry)) {
            block(service, "b", 1);
            ClaimService.await(submit(service, request("soon", 0.9, Duration.ofMillis(50), "b")));
            assertThat(service.awaitDecision("soon", Duration.ofMinutes(1)).state())
                    .isEqualTo(ClaimState.TIMED_OUT);
            submit(service, "later", 0.9, "b");
            assertThat(service.awaitDecision("later", Duration.ofMillis(1)).state())
                    .isEqualTo(ClaimState.WAITING);
            assertThatThrownBy(() -> service.awaitDecision("nobody", Duration.ofSeconds(1)))
                    .hasMessageStartingWith("claim.id: UNKNOWN");
        }
    }

    @Test
    void timeUnlocksABlockFromItsCreationOn() throws InterruptedException {
        try (Registry registry = TestDatabases.embedded().open(Clock.systemUTC());
                ClaimService service = new ClaimService(
                        registry.budget(),
                        directory.resolve("budget"),
                        new Dpf.Unlocking.PerTick(4, 0.4),
                        Clock.systemUTC())) {
            block(service, "b", 1);
            double first = service.read(books -> books.block("b").orElseThrow().unlocked()[0]);
            // Nothing, or a few tenths on a machine that stood still meanwhile; not all of it, as if it were long over.
            assertThat(first).isLessThan(1e9);
            submit(service, "all", 1, "b");
            assertThat(service.awaitDecision("all", Duration.ofMinutes(1)).state())
                    .isEqualTo(ClaimState.ALLOCATED);
            // Nothing is left to unlock, so nothing ticks on.
            int written = entries(registry).size();
            assertThat(service.read(Books::unlocks)).isFalse();
            assertThat(written).isLessThan(20);
        }
    }

    @Test
    void aChangedJournalIsNotGoneOnWithAndAnOlderDatabaseIsCompletedFromTheCapsule() {
        TestDatabases.Database database = TestDatabases.embedded();
        try (Registry registry = database.open(Clock.systemUTC())) {
            try (ClaimService service = open(registry)) {
                block(service, "b", 1);
                submit(service, "c", 0.2, "b");
            }
            try (Registry other = TestDatabases.embedded().open(Clock.systemUTC())) {
                // An empty database in the place of the right one gives nothing back: the capsule knows.
                try (ClaimService healed = open(other)) {
                    assertThat(healed.<Double>read(
                                    books -> books.block("b").orElseThrow().allocated()[0]))
                            .isEqualTo(0.2e9);
                    assertThat(entries(other)).isEqualTo(entries(registry));
                }
            }
            try (Registry other = TestDatabases.embedded().open(Clock.systemUTC())) {
                List<BudgetJournal.Entry> entries = entries(registry);
                BudgetJournal.Entry claim = entries.removeLast();
                entries.add(new BudgetJournal.Entry(
                        claim.seq(), claim.at(), claim.actor(), claim.command().replace("0.2", "0.1")));
                other.budget().append(entries);
                assertThatThrownBy(() -> open(other)).hasMessageContaining("differ at 2");
            }
            assertThatThrownBy(() -> new ClaimService(
                            registry.budget(),
                            directory.resolve("budget"),
                            new Dpf.Unlocking.PerArrival(9),
                            Clock.systemUTC()))
                    .hasMessageContaining("cannot go on with");
            open(registry).close();
        }
    }

    @Test
    void manyAtOnceShareFewTransactionsAndNeverOverspend() {
        try (Registry registry = TestDatabases.embedded().open(Clock.systemUTC());
                ClaimService service = open(registry)) {
            block(service, "b", 1);
            List<CompletableFuture<ClaimView>> asked = new ArrayList<>();
            for (int i = 0; i < 3000; i++)
                asked.add(submit(service, request("c" + i, 0.001, Duration.ofMinutes(5), "b")));
            long granted = asked.stream()
                    .map(ClaimService::await)
                    .filter(claim -> claim.state() == ClaimState.ALLOCATED)
                    .count();
            assertThat(granted).isEqualTo(1000);
            assertThat(service.<Boolean>read(
                            books -> Soundness.isSound(books.block("b").orElseThrow())))
                    .isTrue();
        }
    }
}
