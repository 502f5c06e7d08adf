package dev.croft.operator.decide;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An API server's state in memory: versions, conditional writes, events. Statuses pass through JSON as they really do. */
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
final class SimulatedCluster {
    static final String NAMESPACE = "privacy-example";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What watchers see; exactly one of the first two, or a deletion. */
    sealed interface Event {
        record OfBlock(SeenBlock block) implements Event {}

        record OfClaim(SeenClaim claim) implements Event {}

        record BlockGone(String id) implements Event {}

        record ClaimGone(String id) implements Event {}
    }

    final Map<String, SeenBlock> blocks = new TreeMap<>();
    final Map<String, SeenClaim> claims = new TreeMap<>();
    final List<Event> events = new ArrayList<>();

    private long revision;
    private long uids;
    long now = 1_000_000;

    void create(String name, BlockSpec spec) {
        put(new SeenBlock(NAMESPACE, name, "u" + ++uids, "" + ++revision, now, false, true, spec, null));
    }

    void create(String name, ClaimSpec spec) {
        put(new SeenClaim(NAMESPACE, name, "u" + ++uids, "" + ++revision, now, spec, null));
    }

    void describe(String id, ClaimSpec spec) {
        SeenClaim was = claims.get(id);
        put(new SeenClaim(was.namespace(), was.name(), was.uid(), "" + ++revision, was.created(), spec, was.status()));
    }

    void delete(String id) {
        claims.remove(id);
        events.add(new Event.ClaimGone(id));
    }

    /** Stores a status if the version is right; the new version, or empty. */
    String store(Write write) {
        String next = "" + (revision + 1);
        switch (write) {
            case Write.OfBlock(var block, BlockStatus status) -> {
                SeenBlock was = blocks.get(block.id);
                if (was == null || !was.version().equals(write.version())) return "";
                revision++;
                put(new SeenBlock(
                        was.namespace(),
                        was.name(),
                        was.uid(),
                        next,
                        was.created(),
                        was.deleting(),
                        was.guarded(),
                        was.spec(),
                        throughJson(status, BlockStatus.class)));
            }
            case Write.Note(SeenBlock noted, BlockStatus status) -> {
                SeenBlock was = blocks.get(noted.id());
                if (was == null || !was.version().equals(write.version())) return "";
                revision++;
                put(new SeenBlock(
                        was.namespace(),
                        was.name(),
                        was.uid(),
                        next,
                        was.created(),
                        was.deleting(),
                        was.guarded(),
                        was.spec(),
                        throughJson(status, BlockStatus.class),
                        was.fault(),
                        false));
            }
            case Write.OfClaim(var claim, ClaimStatus status) -> {
                SeenClaim was = claims.get(claim.id);
                if (was == null || !was.version().equals(write.version())) return "";
                revision++;
                put(new SeenClaim(
                        was.namespace(),
                        was.name(),
                        was.uid(),
                        next,
                        was.created(),
                        was.spec(),
                        throughJson(status, ClaimStatus.class)));
            }
        }
        return next;
    }

    static <T> T throughJson(T value, Class<T> type) {
        try {
            T back = JSON.readValue(JSON.writeValueAsString(value), type);
            if (!back.equals(value)) throw new AssertionError("not the same after JSON: " + value + " is " + back);
            return back;
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    void put(SeenBlock block) {
        blocks.put(block.id(), block);
        events.add(new Event.OfBlock(block));
    }

    void put(SeenClaim claim) {
        claims.put(claim.id(), claim);
        events.add(new Event.OfClaim(claim));
    }
}
