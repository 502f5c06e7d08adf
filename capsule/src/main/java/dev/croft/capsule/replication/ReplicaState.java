package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Standing;
import dev.croft.capsule.Standing.Run;
import dev.croft.capsule.WriterMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one replica of one capsule holds, and what may be added to it. A fragment is decided into effects; once an effect is durable it
 * is applied. Nothing that the writer did not sign gets in, whoever sends it.
 *
 * <p>The heartbeats of a capsule form a tree, as each names the one before it. A replica holds parts of it as {@link Piece}s: in a strict
 * capsule one, and others behind holes; in a quasi-single-writer's capsule also branches. Not thread-safe.
 */
public final class ReplicaState {
    /** Most pieces of one capsule: so many branches and holes are shown, not more. */
    public static final int MOST_PIECES = 64;

    private final CapsuleMetadata metadata;
    private final Map<Integer, Piece> pieces = new TreeMap<>();
    private final List<Fork> evidence = new ArrayList<>();

    public ReplicaState(CapsuleMetadata metadata, Collection<Piece> pieces, Collection<Fork> evidence) {
        this.metadata = metadata;
        this.evidence.addAll(evidence);
        pieces.forEach(piece -> this.pieces.put(piece.number(), piece));
    }

    /**
     * What a fragment leads to.
     *
     * @param effects to be made durable in this order
     * @param reached the last place in the fragment that is held then
     * @param fork why the rest of the fragment is refused
     */
    public record Decision(List<Effect> effects, Standing reached, Optional<Fork> fork) {}

    public CapsuleMetadata metadata() {
        return metadata;
    }

    public List<Piece> pieces() {
        return List.copyOf(pieces.values());
    }

    public List<Fork> evidence() {
        return List.copyOf(evidence);
    }

    /**
     * Decides what to take of a fragment.
     *
     * @throws ReplicationException.Refused when it does not verify, or would make too many pieces
     */
    public Decision decide(Fragment fragment, Holdings inside) {
        Standing base = fragment.base();
        if (!base.metadata().equals(metadata) || !base.isVouched()) {
            throw new ReplicationException.Refused("the writer does not vouch for where the frames go on from");
        }
        List<Run> runs;
        try {
            runs = base.follow(fragment.frames());
        } catch (CapsuleReplica.Refused e) {
            throw new ReplicationException.Refused(String.valueOf(e.getMessage()));
        }
        return new Plan(fragment.frames(), inside).take(base, runs);
    }

    /** Decides whether to keep evidence that came from elsewhere. */
    public Optional<Effect> decide(Fork fork) {
        boolean known = evidence.contains(fork) || evidence.size() >= MOST_PIECES;
        return known || !fork.holds(metadata) ? Optional.empty() : Optional.of(new Effect.Keep(fork));
    }

    /** Takes in an effect that is durable. */
    public void apply(Effect effect) {
        switch (effect) {
            case Effect.Extend extend ->
                pieces.computeIfPresent(extend.piece(), (number, piece) -> piece.withTip(extend.tip()));
            case Effect.Begin begin -> pieces.put(begin.piece(), new Piece(begin.piece(), begin.base(), begin.tip()));
            case Effect.Join join -> {
                Piece other = pieces.remove(join.other());
                if (other != null) {
                    pieces.computeIfPresent(join.piece(), (number, piece) -> piece.withTip(other.tip()));
                }
            }
            case Effect.Keep keep -> evidence.add(keep.evidence());
        }
    }

    /** The piece that ends with this heartbeat or has it inside. */
    Optional<Piece> holding(Point point, Holdings inside) {
        for (Piece piece : pieces.values()) {
            if (holds(piece, point, inside)) {
                return Optional.of(piece);
            }
        }
        return Optional.empty();
    }

    static boolean holds(Piece piece, Point point, Holdings inside) {
        if (piece.isEmpty()
                || point.size() < piece.base().size()
                || point.size() > piece.tip().size()) {
            return false;
        }
        return piece.tip().id().equals(point.id()) || inside.holds(piece.number(), point);
    }

    /** Goes through a fragment's runs with the pieces as the effects so far will leave them. */
    private final class Plan {
        private final byte[] frames;
        private final Holdings inside;
        private final List<Effect> effects = new ArrayList<>();
        private final Map<Integer, Piece> planned = new TreeMap<>(pieces);
        private @Nullable Piece growing;
        private Standing growsFrom;
        private int from;
        private int to;

        Plan(byte[] frames, Holdings inside) {
            this.frames = frames;
            this.inside = inside;
            this.growsFrom = Standing.beginning(metadata);
        }

        Decision take(Standing base, List<Run> runs) {
            Standing at = base;
            for (Run run : runs) {
                if (growing == null && known(run.after())) {
                    at = run.after();
                    continue;
                }
                if (growing == null) {
                    Optional<Fork> fork = start(at, run);
                    if (fork.isPresent()) {
                        decide(fork.get()).ifPresent(effects::add);
                        return new Decision(effects, at, fork);
                    }
                }
                to = run.end();
                at = run.after();
                joinAt(at);
            }
            flush(at);
            return new Decision(effects, at, Optional.empty());
        }

        private boolean known(Standing heartbeat) {
            // What the plan itself adds lies before this run, so what is held already is all that can know it.
            return holding(Point.of(heartbeat), inside).isPresent();
        }

        /** Finds where a run that is not held goes: behind a tip, off a branch, or behind a hole. */
        private Optional<Fork> start(Standing base, Run run) {
            from = run.start();
            growsFrom = base;
            for (Piece piece : planned.values()) {
                if (piece.tip().equals(base)) {
                    growing = piece;
                    return Optional.empty();
                }
            }
            if (metadata.mode() == WriterMode.STRICT) {
                Point point = Point.of(base);
                for (Piece piece : pieces.values()) {
                    if (!piece.isEmpty() && piece.base().equals(base) || holds(piece, point, inside)) {
                        return Optional.of(Fork.of(
                                inside.after(piece.number(), point),
                                run.after().heartbeat().orElseThrow()));
                    }
                }
            }
            if (planned.size() >= MOST_PIECES) {
                throw new ReplicationException.Refused("there are " + MOST_PIECES + " branches and holes already");
            }
            int number = 1;
            while (planned.containsKey(number)) {
                number++;
            }
            growing = new Piece(number, base, base);
            return Optional.empty();
        }

        /** If a piece begins here, the growing one takes it over and ends where that one does. */
        private void joinAt(Standing tip) {
            for (Piece other : planned.values()) {
                if (growing != null
                        && other.number() != growing.number()
                        && !other.isEmpty()
                        && other.base().equals(tip)) {
                    int number = growing.number();
                    flush(tip);
                    effects.add(new Effect.Join(number, other.number()));
                    planned.remove(other.number());
                    planned.computeIfPresent(number, (same, piece) -> piece.withTip(other.tip()));
                    return;
                }
            }
        }

        private void flush(Standing tip) {
            if (growing == null) {
                return;
            }
            byte[] part = Arrays.copyOfRange(frames, from, to);
            int number = growing.number();
            effects.add(
                    planned.containsKey(number)
                            ? new Effect.Extend(number, part, tip)
                            : new Effect.Begin(number, growsFrom, part, tip));
            planned.put(number, growing.withTip(tip));
            growing = null;
        }
    }

    /** Ids of all heartbeats that no held heartbeat follows: what must be equal when two replicas are. */
    public List<Hash> leaves() {
        return pieces.values().stream()
                .filter(piece -> !piece.isEmpty())
                .map(piece -> piece.tip().id())
                .sorted()
                .toList();
    }
}
