package dev.croft.capsule.replication;

import dev.croft.capsule.Salvage;
import dev.croft.capsule.Standing;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Keeps a replica's pieces. What a method that changes something returned for is durable. Used by one thread at a time. */
public interface PieceStore extends Holdings {
    /** All pieces, {@link Piece#MAIN} among them. */
    List<Piece> pieces();

    /** All evidence kept. */
    List<Fork> evidence();

    void extend(int piece, byte[] frames, Standing tip) throws IOException;

    void begin(int piece, Standing base, byte[] frames, Standing tip) throws IOException;

    /** Puts the other piece's frames behind this one's, and removes the other. A crash may leave both. */
    void join(int piece, int other) throws IOException;

    void drop(int piece) throws IOException;

    void keep(Fork evidence) throws IOException;

    /** Whether a piece was found damaged at its end when it was opened; then it holds nothing until it was scrubbed. */
    default boolean isDamaged(int piece) {
        return false;
    }

    /**
     * Reads all of a piece.
     *
     * @return where what is sound of it ends, when anything is damaged
     */
    Optional<Standing> check(int piece) throws IOException;

    /** What is sound behind the damage in a piece, in order. */
    Iterator<Salvage.Part> salvage(int piece) throws IOException;

    /** Removes what lies behind this place, where the sound part of the piece ends. */
    void cut(int piece, Standing to) throws IOException;

    /** Some places in a piece by which another replica may recognize a common history, the newest first; its tip and base among them. */
    List<Point> points(int piece);

    /**
     * Frames of a piece.
     *
     * @param after its base, or a heartbeat it holds
     * @param until a later heartbeat it holds
     * @param enough once there are this many bytes the next heartbeat ends them
     */
    Fragment fragment(int piece, Point after, Point until, int enough) throws IOException;
}
