package dev.croft.operator.decide;

import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A block on the desk: its account as it should be, and what is stored. */
final class BlockCase {
    /** An amount, and how it was written when nothing of it has been spent. */
    record Holding(double[] amount, PrivacyBudget shown) {}

    /** Above this a block's history no longer fits into a resource with room to spare. */
    private static final int MOST_BYTES = 900_000;

    final String id;
    final SeenBlock first;
    final Family family;
    final int number;
    final double[] total;
    final double[] pending;
    String version;
    BlockSpec spec;
    boolean deleting;
    boolean guarded;
    /** It takes no new claims: its description cannot be read, or it is mute. */
    final boolean closed;
    /** As {@link SeenBlock#mute}. */
    final boolean mute;

    long lastRelease;

    @Nullable
    BlockStatus stored;

    private final Map<String, Holding> acquired = new TreeMap<>();
    final Map<String, PrivacyBudget> reserved = new TreeMap<>();
    final Map<String, double[]> committed = new TreeMap<>();
    final Map<String, BlockStatus.Locked> log = new TreeMap<>();
    final Map<String, String> holders = new TreeMap<>();

    /** The account is read from the status if there is one; it is not yet in its family. */
    BlockCase(SeenBlock seen, Family family, double[] total, double[] pending, int number) {
        this.id = seen.id();
        this.first = seen;
        this.family = family;
        this.number = number;
        this.total = total;
        this.pending = pending;
        this.version = seen.version();
        this.spec = seen.spec();
        this.deleting = seen.deleting();
        this.guarded = seen.guarded();
        this.closed = seen.fault() != null || seen.mute();
        this.mute = seen.mute();
        this.stored = seen.status();
    }

    Form form() {
        return family.form;
    }

    Holding acquired(String claim) {
        return Objects.requireNonNull(acquired.get(claim), claim);
    }

    boolean holds(String claim) {
        return acquired.containsKey(claim);
    }

    Map<String, Holding> acquired() {
        return acquired;
    }

    /** Adds to what a claim holds. */
    void acquire(ClaimCase claim, double[] amount, PrivacyBudget shown) {
        Holding known = acquired.get(claim.id);
        if (known == null) acquired.put(claim.id, new Holding(amount.clone(), shown));
        else {
            double[] sum = known.amount().clone();
            Form.add(sum, amount, 1);
            acquired.put(claim.id, new Holding(sum, form().show(sum)));
        }
        claim.holds.put(id, this);
        holders.put(claim.id, claim.uid());
    }

    /** Takes from what a claim holds; true if nothing is left. */
    boolean lose(String claim, double[] amount) {
        double[] left = acquired(claim).amount().clone();
        Form.add(left, amount, -1);
        for (int i = 0; i < left.length; i++) left[i] = Math.max(0, left[i]);
        if (Form.isZero(left)) {
            acquired.remove(claim);
            return true;
        }
        acquired.put(claim, new Holding(left, form().show(left)));
        return false;
    }

    double[] available() {
        return family.dpf.available(number);
    }

    /** What can ever be given: the total without what is consumed. */
    double[] ever() {
        double[] room = total.clone();
        committed.values().forEach(spent -> Form.add(room, spent, -1));
        return room;
    }

    /** Whether the resource could become too large with one claim more. */
    boolean isFull() {
        int entry = 120 + 2 * id.length() + (form().needsAll() ? 50 : 45 * form().size());
        return (long) entry * (2L * acquired.size() + 2L * reserved.size() + committed.size() + log.size())
                > MOST_BYTES;
    }

    /** Forgets who a claim is if nothing of it is left here. */
    void forgetHolder(String claim) {
        if (acquired.containsKey(claim) || reserved.containsKey(claim)) return;
        String prefix = claim + "/";
        if (log.keySet().stream().noneMatch(r -> r.startsWith(prefix))) holders.remove(claim);
    }

    BlockStatus render() {
        double[] available = available();
        double[] held = new double[total.length];
        Map<String, PrivacyBudget> acquiredMap = new TreeMap<>();
        acquired.forEach((claim, holding) -> {
            acquiredMap.put(claim, holding.shown());
            Form.add(held, holding.amount(), 1);
        });
        double[] spent = new double[total.length];
        Map<String, PrivacyBudget> committedMap = new TreeMap<>();
        committed.forEach((claim, amount) -> {
            committedMap.put(claim, form().show(amount));
            Form.add(spent, amount, 1);
        });
        int best = 0;
        for (int i = 1; i < available.length; i++) if (available[i] > available[best]) best = i;
        return new BlockStatus(
                form().show(pending),
                form().show(available),
                acquiredMap,
                new TreeMap<>(reserved),
                committedMap,
                new TreeMap<>(log),
                lastRelease == 0 ? null : lastRelease,
                form().show(total),
                new TreeMap<>(holders),
                new BlockStatus.Summary(
                        form().words(total, best),
                        form().words(pending, best),
                        form().words(available, best),
                        form().words(held, best),
                        form().words(spent, best),
                        reserved.size()),
                null);
    }

    @Override
    public String toString() {
        return id;
    }
}
