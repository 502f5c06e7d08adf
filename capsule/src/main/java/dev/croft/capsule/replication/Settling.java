package dev.croft.capsule.replication;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Puts a store in order that a crash may have left between two steps: pieces that lie in another, and joins half done. */
final class Settling {
    private Settling() {}

    /** The pieces that are left; when the disk refuses some remain that lie in others, until the next time. */
    static List<Piece> settle(PieceStore store) {
        try {
            while (step(store)) {
                continue;
            }
        } catch (IOException e) {
            return store.pieces();
        }
        return store.pieces();
    }

    private static boolean step(PieceStore store) throws IOException {
        List<Piece> pieces = new ArrayList<>(store.pieces());
        for (Piece piece : pieces) {
            for (Piece other : pieces) {
                if (piece.number() == other.number() || other.number() == Piece.MAIN) {
                    continue;
                }
                boolean covers =
                        piece.base().equals(other.base()) || ReplicaState.holds(piece, Point.of(other.base()), store);
                if (other.isEmpty() || covers && ReplicaState.holds(piece, Point.of(other.tip()), store)) {
                    store.drop(other.number());
                    return true;
                }
                boolean goesOn = piece.tip().equals(other.base())
                        || covers && ReplicaState.holds(other, Point.of(piece.tip()), store);
                if (goesOn) {
                    store.join(piece.number(), other.number());
                    return true;
                }
            }
        }
        return false;
    }
}
