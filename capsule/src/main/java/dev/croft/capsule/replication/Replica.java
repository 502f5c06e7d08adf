package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Salvage;
import dev.croft.capsule.Standing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One replica of one capsule: decides by {@link ReplicaState}, makes each effect durable in its store, then applies and acknowledges it.
 * Thread-safe.
 */
public final class Replica implements Peer {
    private final PieceStore store;
    private ReplicaState state;
    private final ReentrantLock changing = new ReentrantLock();

    /** Goes on from what the store has, and ends what a crash left half done in it. */
    public Replica(CapsuleMetadata metadata, PieceStore store) {
        this.store = store;
        this.state = new ReplicaState(metadata, store.pieces(), store.evidence());
        if (store.pieces().stream().anyMatch(piece -> store.isDamaged(piece.number()))) {
            scrub();
        }
        this.state = new ReplicaState(metadata, Settling.settle(store), store.evidence());
    }

    public CapsuleMetadata metadata() {
        return state.metadata();
    }

    public List<Piece> pieces() {
        return locked(state::pieces);
    }

    /**
     * Takes what is new in a fragment.
     *
     * @return the last place of the fragment, once everything up to there from the fragment's base is durable
     * @throws ReplicationException.Refused when it does not verify
     * @throws ReplicationException.Forked when the writer of a strict capsule signed another history; the evidence is kept
     * @throws ReplicationException.NoRoom when the disk refused; what was not acknowledged may be sent again
     */
    public Standing accept(Fragment fragment) {
        return locked(() -> {
            ReplicaState.Decision decision = state.decide(fragment, store);
            decision.effects().forEach(this::perform);
            if (decision.fork().isPresent()) {
                Fork fork = decision.fork().get();
                if (fork.holds(metadata())) {
                    throw new ReplicationException.Forked(fork);
                }
                throw new ReplicationException.Refused("the frames do not go on from what is held");
            }
            return decision.reached();
        });
    }

    /** Keeps evidence that another replica has, if it holds and is new. */
    public void accept(Fork fork) {
        locked(() -> {
            state.decide(fork).ifPresent(this::perform);
            return fork;
        });
    }

    private void perform(Effect effect) {
        try {
            switch (effect) {
                case Effect.Extend extend -> store.extend(extend.piece(), extend.frames(), extend.tip());
                case Effect.Begin begin -> store.begin(begin.piece(), begin.base(), begin.frames(), begin.tip());
                case Effect.Join join -> store.join(join.piece(), join.other());
                case Effect.Keep keep -> store.keep(keep.evidence());
            }
        } catch (IOException e) {
            // A join may be half done: what the store has counts.
            state = new ReplicaState(metadata(), store.pieces(), store.evidence());
            throw new ReplicationException.NoRoom("the disk refused: " + e.getMessage());
        }
        state.apply(effect);
    }

    /**
     * Reads everything and takes damaged records out, so that they are a hole that {@link Repair} fills. Sound records behind the damage
     * are kept first, then the damage is cut.
     *
     * @return how many damaged places there were
     */
    public int scrub() {
        return locked(() -> {
            int damaged = 0;
            try {
                for (Piece piece : store.pieces()) {
                    damaged += scrub(piece);
                }
                state = new ReplicaState(metadata(), Settling.settle(store), store.evidence());
            } catch (IOException e) {
                state = new ReplicaState(metadata(), store.pieces(), store.evidence());
                throw new ReplicationException.NoRoom("the disk refused while scrubbing: " + e.getMessage());
            }
            return damaged;
        });
    }

    private int scrub(Piece piece) throws IOException {
        Optional<Standing> end = store.check(piece.number());
        if (end.isEmpty()) {
            return 0;
        }
        Standing sound = end.get();
        int damaged = 1;
        Standing at = sound;
        int number = Piece.MAIN;
        for (Iterator<Salvage.Part> parts = store.salvage(piece.number()); parts.hasNext(); ) {
            Salvage.Part part = parts.next();
            if (number != Piece.MAIN && part.base().equals(at)) {
                store.extend(number, part.frames(), part.tip());
            } else {
                number = free();
                store.begin(number, part.base(), part.frames(), part.tip());
                damaged++;
            }
            at = part.tip();
        }
        if (piece.number() != Piece.MAIN && sound.equals(piece.base())) {
            store.drop(piece.number());
        } else {
            store.cut(piece.number(), sound);
        }
        return damaged;
    }

    private int free() {
        Set<Integer> taken = store.pieces().stream().map(Piece::number).collect(Collectors.toSet());
        int number = 1;
        while (taken.contains(number)) {
            number++;
        }
        return number;
    }

    @Override
    public Summary summary() {
        return locked(() -> new Summary(
                state.pieces().stream()
                        .filter(piece -> !piece.isEmpty())
                        .map(piece -> new Summary.Part(
                                Point.of(piece.base()), piece.tip().heartbeat().orElseThrow()))
                        .toList(),
                state.evidence()));
    }

    /** What this replica lacks that another one has: that one's tips, and what leads to pieces behind a hole. */
    public List<Want> wants(Summary theirs, int enough) {
        return locked(() -> {
            List<Point> until = new ArrayList<>();
            for (Piece piece : state.pieces()) {
                Point base = Point.of(piece.base());
                if (!piece.base().isBeginning() && state.holding(base, store).isEmpty()) {
                    until.add(base);
                }
            }
            for (Summary.Part part : theirs.parts()) {
                Point tip = Point.of(part.tip());
                if (state.holding(tip, store).isEmpty()) {
                    until.add(tip);
                }
            }
            List<Point> have = points();
            return until.stream()
                    .distinct()
                    .map(point -> new Want(point, have, enough))
                    .toList();
        });
    }

    /** Places by which another replica may recognize what this one holds, the newest first. */
    List<Point> points() {
        return locked(() -> state.pieces().stream()
                .flatMap(piece -> store.points(piece.number()).stream())
                .distinct()
                .sorted(Comparator.comparingLong(Point::size).reversed())
                .toList());
    }

    /** Whether everything from the beginning up to this heartbeat is here. */
    public boolean isWhole(Point heartbeat) {
        return locked(() -> {
            Optional<Piece> piece = state.holding(heartbeat, store);
            while (piece.isPresent() && !piece.get().base().isBeginning()) {
                piece = state.holding(Point.of(piece.get().base()), store);
            }
            return piece.isPresent();
        });
    }

    @Override
    public Optional<Fragment> fetch(Want want) {
        return locked(() -> {
            Optional<Piece> piece = state.holding(want.until(), store);
            Point until = want.until();
            List<Point> have = want.have().stream()
                    .filter(point -> point.size() <= want.until().size() && !point.equals(want.until()))
                    .sorted(Comparator.comparingLong(Point::size).reversed())
                    .toList();
            while (piece.isPresent()) {
                Piece in = piece.get();
                Point base = Point.of(in.base());
                Point top = until;
                Optional<Point> known = have.stream()
                        .filter(point -> point.equals(base)
                                || point.size() <= top.size()
                                        && ReplicaState.holds(in, point, store)
                                        && !point.equals(top))
                        .findFirst();
                Optional<Piece> before = in.base().isBeginning() ? Optional.empty() : state.holding(base, store);
                if (known.isPresent() || before.isEmpty()) {
                    return read(in.number(), known.orElse(base), until, want.enough());
                }
                until = base;
                piece = before;
            }
            return Optional.empty();
        });
    }

    private Optional<Fragment> read(int piece, Point after, Point until, int enough) {
        try {
            return Optional.of(store.fragment(piece, after, until, enough));
        } catch (IOException e) {
            throw new ReplicationException.Unreachable("the disk", e);
        }
    }

    /** Runs something while nothing is taken in or read, as closing the store must be. */
    public void whileIdle(Runnable action) {
        locked(() -> {
            action.run();
            return action;
        });
    }

    /** Runs something beside no change. */
    <T> T locked(Supplier<T> action) {
        changing.lock();
        try {
            return action.get();
        } finally {
            changing.unlock();
        }
    }
}
