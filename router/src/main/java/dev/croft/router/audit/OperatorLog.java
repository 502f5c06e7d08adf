package dev.croft.router.audit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.AuditTrail;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail as a capsule, signed and chained: whoever runs the router can end it or keep it back, but cannot change or take out what
 * is in it without its heads telling. Each row of the trail is a record, in order; it follows the registry within moments, is
 * complete whenever it is read, and what a crash kept out of it is put in at the next start. A trail that contradicts the capsule, such
 * as one from an old backup, is refused at start. Thread-safe.
 */
public final class OperatorLog implements AutoCloseable {

    static final String KIND = "croft/operator-acts";

    private static final Logger LOG = LoggerFactory.getLogger(OperatorLog.class);
    private static final int BATCH = 1000;
    /** How many records one answer looks at. */
    private static final int SCAN = 10_000;

    private final Registry registry;
    private final CapsuleWriter capsule;
    private final Thread follower;
    private long last;
    private boolean behind = true;
    private boolean closed;

    /**
     * Opens the log and completes it.
     *
     * @param directory of the operator's capsules
     */
    public OperatorLog(Registry registry, Path directory) {
        this.registry = registry;
        this.capsule = OperatorCapsule.open(directory, "acts", "operator-acts", KIND);
        try {
            last = check();
            catchUp();
        } catch (RuntimeException e) {
            capsule.close();
            throw e;
        }
        registry.audit().onAppend(this::wake);
        follower = Thread.ofVirtual().name("operator-log").start(this::follow);
    }

    /** One act as an owner sees it. */
    public record Act(long sequence, String at, String actor, String act, String subject, String outcome) {}

    /**
     * Acts that concern an account.
     *
     * @param capsule the capsule's name
     * @param size how many records its newest head covers
     * @param head the Merkle root that this head signs, hexadecimal; keep it to see that what is there now goes on from it
     * @param next where to go on asking; {@code size} at the end
     */
    public record Page(String capsule, long size, String head, long next, List<Act> acts) {}

    private long check() {
        if (capsule.size() == 0) {
            return 0;
        }
        JsonNode newest = Json.read(capsule.read(capsule.size() - 1).body(), JsonNode.class);
        long id = newest.path("id").asLong();
        boolean same = id > 0
                && registry.audit().list(id - 1, 1).stream()
                        .findFirst()
                        .filter(entry -> Arrays.equals(
                                record(entry), capsule.read(capsule.size() - 1).body()))
                        .isPresent();
        if (!same) {
            throw new RouterException.Broken(
                    "the registry lacks acts that the operator's capsule has: restore the newer registry", null);
        }
        return id;
    }

    private static byte[] record(AuditTrail.Entry entry) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("id", entry.id());
        record.put("at", entry.at().toString());
        record.put("actor", entry.actor());
        record.put("act", entry.act());
        record.put("subject", entry.subject());
        record.put("outcome", entry.outcome());
        return Json.write(record);
    }

    private synchronized void catchUp() {
        for (List<AuditTrail.Entry> page; !(page = registry.audit().list(last, BATCH)).isEmpty(); ) {
            capsule.append(page.stream().map(OperatorLog::record).toList());
            last = page.getLast().id();
        }
    }

    /** Has it look for new acts, such as those at another router. */
    public synchronized void wake() {
        behind = true;
        notifyAll();
    }

    private void follow() {
        while (true) {
            try {
                synchronized (this) {
                    while (!behind && !closed) {
                        wait();
                    }
                    if (closed) {
                        return;
                    }
                    behind = false;
                    catchUp();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("the operator's acts are not in their capsule; they are put in with the next one", e);
            }
        }
    }

    /**
     * From a record on, what an account may see: an operator all of it; others what they did, what was done to their account or their
     * private clouds, and what became of the catalogue.
     */
    public Page concerning(Account account, long from) {
        catchUp();
        var head = capsule.head();
        long size = head.size();
        long begin = Math.min(from, size);
        long end = Math.min(size, begin + SCAN);
        Set<String> names = new HashSet<>(List.of(account.name()));
        registry.clouds().ofAccount(account.id()).stream().map(PrivateCloud::id).forEach(names::add);
        List<Act> acts = new ArrayList<>();
        try (Stream<CapsuleRecord> records = capsule.range(begin, end)) {
            records.map(OperatorLog::act)
                    .filter(act -> account.role() == Role.OPERATOR || concerns(act, account.name(), names))
                    .forEach(acts::add);
        }
        return new Page(capsule.name().toString(), size, head.root().toString(), end, acts);
    }

    private static boolean concerns(Act act, String account, Set<String> names) {
        return act.actor().equals(account)
                || act.act().contains(" /services")
                || Arrays.stream(act.subject().split(" ")).anyMatch(names::contains);
    }

    private static Act act(CapsuleRecord record) {
        JsonNode json = Json.read(record.body(), JsonNode.class);
        return new Act(
                record.sequence(),
                json.path("at").asText(),
                json.path("actor").asText(),
                json.path("act").asText(),
                json.path("subject").asText(),
                json.path("outcome").asText());
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            follower.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            catchUp();
        } finally {
            capsule.close();
        }
    }
}
