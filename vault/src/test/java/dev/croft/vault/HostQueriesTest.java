package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Queries across people at one private cloud: what they cost, and what forgetting does to them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostQueriesTest {
    private final OwnerKey key = OwnerKey.generate();
    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    @Test
    void aQueryIsPaidForOnceAndAnsweredToItsHolder() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        owner.upload(Samples.lines(0, 50), "lines");
        SigningKey coordinator = SigningKey.generate();
        CloudClient holder = host.holder(
                mine,
                Samples.grant("coordinator", mine.cloudId(), Samples.holder(coordinator), "query:entries"),
                coordinator);
        var question = Samples.question("0.25");
        Query.Offer offer = holder.offer("q1", question);
        assertThat(offer.takesPart()).isTrue();
        assertThat(offer.sensitivity()).isEqualTo(100);
        PmHostTest.refused(ProblemCode.NOT_RESERVED, () -> holder.run("q1", question));
        assertThat(holder.reserve("q1", question)).isEqualTo(holder.reserve("q1", question));
        assertThat(owner.budget().blocks().getFirst().reserved()).isEqualTo(Epsilon.parse("0.25"));
        var other = new Query.Request(
                "entries", Samples.json("{'from': 0, 'to': 999}"), question.epsilon(), question.expires());
        PmHostTest.refused(ProblemCode.CONFLICT, () -> holder.run("q1", other));
        PmHostTest.refused(ProblemCode.CONFLICT, () -> holder.reserve("q1", other));
        PmHostTest.refused(ProblemCode.CONFLICT, () -> holder.commit("q1"));
        assertThat(holder.run("q1", question).value()).isEqualTo(50);
        assertThat(holder.run("q1", question).value()).isEqualTo(50);
        PmHostTest.refused(ProblemCode.ALREADY_ANSWERED, () -> holder.refund("q1"));
        assertThat(holder.commit("q1")).isEqualTo(new Query.Settlement("committed", Epsilon.parse("0.25")));
        assertThat(holder.commit("q1").outcome()).isEqualTo("committed");
        PmHostTest.refused(ProblemCode.ALREADY_ANSWERED, () -> holder.run("q1", question));

        holder.reserve("q2", question);
        assertThat(holder.refund("q2").outcome()).isEqualTo("refunded");
        assertThat(holder.refund("q2").outcome()).isEqualTo("refunded");
        PmHostTest.refused(ProblemCode.NOT_RESERVED, () -> holder.run("q2", question));

        var failing = new Query.Request(
                "entries", Samples.json("{'from': 0, 'to': 9, 'fail': 1}"), question.epsilon(), question.expires());
        holder.reserve("q3", failing);
        PmHostTest.refused(ProblemCode.INTERNAL, () -> holder.run("q3", failing));
        assertThat(holder.refund("q3").outcome()).isEqualTo("refunded");
        assertThat(owner.budget().blocks().getFirst().available()).isEqualTo(Epsilon.parse("0.75"));
        PmHostTest.refused(ProblemCode.BUDGET_EXHAUSTED, () -> {
            var dear = Samples.grant("rich-grant", mine.cloudId(), Samples.holder(coordinator), "query:entries");
            var rich = new Grant(
                    dear.id(),
                    dear.cloud(),
                    dear.holder(),
                    dear.collections(),
                    null,
                    null,
                    dear.operations(),
                    Epsilon.parse("5"),
                    dear.notBefore(),
                    dear.expires(),
                    "");
            host.holder(mine, rich, coordinator).reserve("q4", Samples.question("0.76"));
        });
        PmHostTest.refused(ProblemCode.CEILING_REACHED, () -> holder.reserve("q5", Samples.question("0.751")));
        assertThat(owner.budgetHistory(0, 100).items())
                .extracting(BudgetEntry::kind)
                .containsExactly("created", "reserved", "committed", "reserved", "refunded", "reserved", "refunded");
        host.client.hibernate(mine.cloudId());
        PmHostTest.refused(ProblemCode.ALREADY_ANSWERED, () -> holder.run("q1", question));
        assertThat(owner.audit(0, 1000).items())
                .extracting(AuditEntry::detail)
                .noneMatch(detail -> detail.contains("50"));
    }

    @Test
    void sixtyFourThreadsNeverSpendMoreThanThereIs() throws Exception {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        SigningKey coordinator = SigningKey.generate();
        CloudClient holder = host.holder(
                mine,
                Samples.grant("coordinator", mine.cloudId(), Samples.holder(coordinator), "query:entries"),
                coordinator);
        var question = Samples.question("0.07");
        var answered = new AtomicInteger();
        var refusals = new ConcurrentLinkedQueue<ProblemCode>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                String query = "race-" + i / 2;
                threads.submit(() -> {
                    try {
                        holder.reserve(query, question);
                        holder.run(query, question);
                        answered.incrementAndGet();
                        holder.commit(query);
                    } catch (ProblemException e) {
                        refusals.add(e.code());
                    }
                    return true;
                });
            }
        }
        // Fourteen of 0.07 fit into 1; each query was asked twice and paid once.
        var block = owner.budget().blocks().getFirst();
        assertThat(block.spent()).isEqualTo(Epsilon.parse("0.98"));
        assertThat(block.reserved()).isEqualTo(Epsilon.ZERO);
        assertThat(answered.get()).isBetween(14, 28);
        assertThat(refusals)
                .isSubsetOf(ProblemCode.BUDGET_EXHAUSTED, ProblemCode.CEILING_REACHED, ProblemCode.ALREADY_ANSWERED);
    }

    @Test
    void forgettingMarksWhatWasDerivedAndHidesItFromGrants() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        owner.upload(Samples.lines(0, 100), "lines");
        owner.insert(
                "entries",
                List.of(
                        Samples.json(
                                "{'_id': 'hit', 'metadata': {'key': 'analysis/cleaned_trip'}, 'data': {'start_ts': 5, 'end_ts': 15}}"),
                        Samples.json(
                                "{'_id': 'far', 'metadata': {'key': 'analysis/cleaned_trip'}, 'data': {'start_ts': 50, 'end_ts': 60}}")));
        SigningKey analyst = SigningKey.generate();
        CloudClient holder = host.holder(
                mine, Samples.grant("grant-0001", mine.cloudId(), Samples.holder(analyst), "count"), analyst);
        assertThat(holder.count("entries", Samples.json("{'_id': 'hit'}"))).isEqualTo(1);
        Documents.Forgotten done = owner.forget(new Documents.Forget(new Span(10, 20), null, null, null));
        assertThat(done.deleted()).isEqualTo(10);
        assertThat(done.marked()).isEqualTo(1);
        assertThat(holder.count("entries", Samples.json("{'_id': 'hit'}"))).isZero();
        assertThat(holder.count("entries", Samples.json("{'_id': 'far'}"))).isEqualTo(1);
        assertThat(owner.count("rederive", Samples.json("{}"))).isEqualTo(1);
        var square = Samples.json(
                "{'type': 'Polygon', 'coordinates': [[[29.5, 0], [31.5, 0], [31.5, 2], [29.5, 2], [29.5, 0]]]}");
        assertThat(owner.forget(new Documents.Forget(null, square, List.of("background/location"), null))
                        .deleted())
                .isEqualTo(2);
        PmHostTest.refused(
                ProblemCode.MALFORMED_REQUEST, () -> owner.forget(new Documents.Forget(null, null, null, null)));
    }

    @Test
    void aQueryPaysFromTheWindowsOfTimeItTouchesAndARefusalInOneChargesNone() {
        OwnerKey mine = OwnerKey.generate();
        host.client.create(mine, new BudgetPolicy(Epsilon.parse("1"), 10), null);
        CloudClient owner = host.client.as(Signer.owner(mine));
        SigningKey analyst = SigningKey.generate();
        Grant base = Samples.grant("windowed", mine.cloudId(), Samples.holder(analyst), "query:entries");
        CloudClient holder = host.holder(
                mine,
                new Grant(
                        base.id(),
                        base.cloud(),
                        base.holder(),
                        base.collections(),
                        null,
                        null,
                        base.operations(),
                        Epsilon.parse("100"),
                        base.notBefore(),
                        base.expires(),
                        ""),
                analyst);
        assertThat(owner.budget().blocks())
                .as("none before something is asked of it")
                .isEmpty();

        holder.reserve("second", days(10, 20, "0.7"));
        holder.run("second", days(10, 20, "0.7"));
        assertThat(available(owner)).containsExactly(entry("days-10-1", "0.3"));

        assertThat(holder.offer("across", days(5, 25, "0.5")).takesPart()).isFalse();
        PmHostTest.refused(ProblemCode.BUDGET_EXHAUSTED, () -> holder.reserve("across", days(5, 25, "0.5")));
        assertThat(available(owner)).as("no window pays").containsExactly(entry("days-10-1", "0.3"));

        assertThat(holder.offer("across", days(5, 25, "0.2")).takesPart()).isTrue();
        holder.reserve("across", days(5, 25, "0.2"));
        assertThat(available(owner))
                .containsExactly(entry("days-10-0", "0.8"), entry("days-10-1", "0.1"), entry("days-10-2", "0.8"));
        holder.refund("across");
        assertThat(available(owner))
                .containsExactly(entry("days-10-0", "1"), entry("days-10-1", "0.3"), entry("days-10-2", "1"));

        holder.reserve("before", days(-20, -10, "1"));
        assertThat(available(owner)).containsEntry("days-10--2", "0").doesNotContainKey("days-10--1");
        PmHostTest.refused(ProblemCode.INVALID_PARAMETERS, () -> holder.reserve("ever", days(-1e9, 1e9, "0.1")));
        host.client.hibernate(mine.cloudId());
        assertThat(available(owner)).containsEntry("days-10-1", "0.3").containsEntry("days-10--2", "0");
        for (int days : new int[] {0, -1, 40_000}) {
            PmHostTest.refused(ProblemCode.MALFORMED_REQUEST, () -> new BudgetPolicy(Epsilon.parse("1"), days));
        }
    }

    @Test
    void expiredReservationsFallBack() {
        OwnerKey mine = OwnerKey.generate();
        CloudClient owner = host.owner(mine);
        SigningKey coordinator = SigningKey.generate();
        CloudClient holder = host.holder(
                mine,
                Samples.grant("coordinator", mine.cloudId(), Samples.holder(coordinator), "query:entries"),
                coordinator);
        var soon = new Query.Request(
                "entries",
                Samples.json("{'from': 0, 'to': 9}"),
                Epsilon.parse("1"),
                Instant.now().plus(Duration.ofSeconds(1)));
        holder.reserve("q1", soon);
        await().atMost(Duration.ofSeconds(90))
                .until(() -> owner.budget().blocks().getFirst().available().equals(Epsilon.parse("1")));
        PmHostTest.refused(ProblemCode.NOT_RESERVED, () -> holder.run("q1", soon));
        assertThat(host.client.metrics()).contains("croft_pm_refusals_total{code=\"not-reserved\"}");
    }

    private static Query.Request days(double from, double to, String epsilon) {
        return new Query.Request(
                "entries",
                Samples.json("{'from': %f, 'to': %f}".formatted(from * 86_400, to * 86_400)),
                Epsilon.parse(epsilon),
                Instant.now().plus(Duration.ofMinutes(10)));
    }

    private static Map<String, String> available(CloudClient owner) {
        Map<String, String> available = new TreeMap<>();
        owner.budget()
                .blocks()
                .forEach(block -> available.put(block.id(), block.available().toString()));
        return available;
    }
}
