package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.app.demo.Resident;
import dev.croft.app.mobility.CountComputation;
import dev.croft.budget.Epsilon;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetEntry;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.VaultException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;
import org.bson.types.ObjectId;

/** An owner of whom is remembered what was acknowledged, so that it can be looked for. */
final class WatchedOwner {
    private static final int IDS_PER_LOOK = 5_000;
    private static final int PAGE = 500;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration AGAIN = Duration.ofMillis(50);

    private final RouterClient account;
    private final Resident resident;
    private final OwnerKey key;
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> seen = new HashSet<>();

    private WatchedOwner(RouterClient account, Resident resident, OwnerKey key) {
        this.account = account;
        this.resident = resident;
        this.key = key;
    }

    /** Makes a private cloud that takes part in queries. */
    static WatchedOwner settle(
            RouterClient account, Home home, String name, PrivateCloud.Hosting hosting, String coordinator) {
        Resident resident = Resident.settle(account, home, name, hosting);
        resident.takePart(coordinator, CountComputation.NAME, Epsilon.parse("0.9"));
        return new WatchedOwner(account, resident, OwnerKey.load(home.keys().resolve(name + ".key"), null));
    }

    String cloud() {
        return key.cloudId();
    }

    Resident resident() {
        return resident;
    }

    /** Entries of which the answer came that they are stored. */
    int acknowledged() {
        return acknowledged.size();
    }

    void acknowledge(List<String> ids) {
        acknowledged.addAll(ids);
    }

    /** Brings the key where the private cloud has none, as whoever finds it locked does. */
    void unlock() {
        if (account.pm(cloud()).cloud(cloud()).state() == CloudState.LOCKED) {
            account.bringKey(key, null, null);
        }
    }

    /** Does something with the private cloud as soon as it answers and is not locked: its host may end at any moment. */
    void insist(Runnable act) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                unlock();
                act.run();
                return;
            } catch (RouterException.Unavailable | RouterClient.Refused | VaultException notYet) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("private cloud " + cloud() + " does not answer", notYet);
                }
                LockSupport.parkNanos(AGAIN.toNanos());
            }
        }
    }

    /**
     * Looks for what was acknowledged.
     *
     * @param everything or only what was acknowledged since the last look
     */
    void look(String as, boolean everything) {
        Set<String> sure = Set.copyOf(acknowledged);
        Set<String> looked = everything
                ? sure
                : sure.stream().filter(id -> !seen.contains(id)).collect(Collectors.toSet());
        if (!looked.isEmpty()) {
            assertThat(stored(everything ? Set.of() : looked)).as(as).containsAll(looked);
            seen.addAll(sure);
            assertThat(resident.cloud().count("entries", new BsonDocument()))
                    .as(as)
                    .isGreaterThanOrEqualTo(sure.size());
        }
    }

    /** The entries that are there, of these or, if none is given, of all; none is there twice. */
    private Set<String> stored(Set<String> of) {
        List<BsonDocument> filters = new ArrayList<>();
        List<BsonObjectId> ids =
                of.stream().map(id -> new BsonObjectId(new ObjectId(id))).toList();
        // A filter holds a bounded number of values.
        for (int from = 0; from < ids.size(); from += IDS_PER_LOOK) {
            List<BsonObjectId> some = ids.subList(from, Math.min(ids.size(), from + IDS_PER_LOOK));
            filters.add(new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some))));
        }
        if (filters.isEmpty()) {
            filters.add(new BsonDocument());
        }
        Set<String> found = new HashSet<>();
        for (BsonDocument filter : filters) {
            for (BsonDocument entry : resident.cloud().findAll("entries", filter)) {
                assertThat(found.add(entry.getObjectId("_id").getValue().toHexString()))
                        .isTrue();
            }
        }
        return found;
    }

    // ---- the accounts

    /**
     * The queries that this owner paid for, each once and at its price; nothing else was spent and nothing hangs.
     *
     * @param price of a query
     */
    Set<String> paid(String as, BigDecimal price) {
        await().atMost(KillIT.SOON)
                .untilAsserted(() -> assertThat(block().reserved())
                        .as("%s: nothing hangs", as)
                        .isEqualTo(Epsilon.ZERO));
        Map<String, Epsilon> committed = new HashMap<>();
        long from = 0;
        while (true) {
            var page = resident.cloud().budgetHistory(from, PAGE);
            for (BudgetEntry entry : page.items()) {
                if (entry.kind().equals("committed")) {
                    assertThat(committed.put(entry.key(), entry.amount()))
                            .as("%s: %s is paid once", as, entry.key())
                            .isNull();
                }
            }
            if (page.items().isEmpty()) {
                break;
            }
            from = page.next();
        }
        assertThat(committed.values())
                .as(as)
                .allSatisfy(amount -> assertThat(amount.toBigDecimal()).isEqualByComparingTo(price));
        BudgetStatus.Block block = block();
        assertThat(block.spent().toBigDecimal())
                .as(as)
                .isEqualByComparingTo(price.multiply(BigDecimal.valueOf(committed.size())));
        assertThat(block.available().plus(block.spent())).as(as).isEqualTo(block.total());
        return committed.keySet();
    }

    private BudgetStatus.Block block() {
        return resident.budget().blocks().getFirst();
    }

    /** Everything that was acknowledged and everything that was paid is in the audit, whose records have no hole. */
    void audited(String as, Set<String> paid) {
        long uploaded = 0;
        Set<String> runs = new HashSet<>();
        long expected = 0;
        while (true) {
            var page = resident.cloud().audit(expected, PAGE);
            for (AuditEntry entry : page.items()) {
                assertThat(entry.sequence()).as(as).isEqualTo(expected++);
                if (entry.outcome().equals("ok")) {
                    if (is(entry, PmRoute.UPLOAD)) {
                        uploaded += entry.count();
                    } else if (is(entry, PmRoute.QUERY_RUN)) {
                        runs.add(entry.object());
                    }
                }
            }
            if (page.items().isEmpty()) {
                break;
            }
        }
        assertThat(uploaded).as("%s: uploads in the audit", as).isGreaterThanOrEqualTo(acknowledged.size());
        assertThat(paid)
                .as("%s: queries in the audit", as)
                .allMatch(key -> runs.stream().anyMatch(key::contains));
    }

    private static boolean is(AuditEntry entry, PmRoute route) {
        return entry.operation().equals(route.name().toLowerCase(Locale.ROOT));
    }

    void close() {
        resident.close();
        key.destroy();
    }
}
