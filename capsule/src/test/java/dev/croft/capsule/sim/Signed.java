package dev.croft.capsule.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Standing;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.Point;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.Want;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Everything that the writer ever signed, by the heads, and what a reader may have of it. */
final class Signed {
    private final CapsuleMetadata metadata;
    private final Map<Hash, Line> lines = new HashMap<>();

    /** What was signed at once: after which head, its bytes, and where they lead. */
    record Line(Hash before, byte[] frames, Standing after) {}

    Signed(CapsuleMetadata metadata) {
        this.metadata = metadata;
    }

    void put(Line line) {
        lines.put(line.after().id(), line);
    }

    boolean contains(Hash id) {
        return lines.containsKey(id);
    }

    Line line(Hash id) {
        return Objects.requireNonNull(lines.get(id));
    }

    boolean reaches(Hash from, Hash to) {
        for (Hash at = from; contains(at); at = line(at).before()) {
            if (at.equals(to)) {
                return true;
            }
        }
        return false;
    }

    /** What a reader has is, byte for byte, what the writer signed, each piece an unbroken part of one history. */
    void checkLegal(Replica replica) {
        for (Piece piece : replica.pieces()) {
            Hash at = piece.tip().id();
            if (piece.base().equals(piece.tip())) {
                continue;
            }
            var expected = new ArrayList<byte[]>();
            while (!at.equals(piece.base().id())) {
                expected.addFirst(line(at).frames());
                at = line(at).before();
            }
            Fragment got = replica.fetch(new Want(Point.of(piece.tip()), List.of(Point.of(piece.base())), 16 << 20))
                    .orElseThrow();
            var all = new ByteArrayOutputStream();
            expected.forEach(all::writeBytes);
            assertThat(Arrays.equals(got.frames(), all.toByteArray())).isTrue();
        }
        if (metadata.mode() == WriterMode.STRICT) {
            assertThat(whole(replica)).hasSizeLessThanOrEqualTo(1);
        }
    }

    /** Pieces whose history is there from the beginning. */
    static List<Piece> whole(Replica replica) {
        List<Piece> pieces = replica.pieces();
        List<Piece> whole = new ArrayList<>();
        boolean more = true;
        while (more) {
            more = false;
            for (Piece piece : pieces) {
                if (!whole.contains(piece)
                        && (piece.base().isBeginning()
                                || whole.stream()
                                        .anyMatch(below -> below.tip().size()
                                                        >= piece.base().size()
                                                && replica.fetch(new Want(Point.of(piece.base()), List.of(), 1))
                                                        .isPresent()))) {
                    whole.add(piece);
                    more = true;
                }
            }
        }
        return whole;
    }
}
