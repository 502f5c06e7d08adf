package dev.croft.capsule.replication;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.List;

/**
 * A request for what leads to a heartbeat.
 *
 * @param until the heartbeat
 * @param have places that the asker knows, at most {@link #MOST_POINTS}; of two of one size the later one first
 * @param enough once there are this many bytes the next heartbeat ends the answer
 */
public record Want(Point until, List<Point> have, int enough) {
    /** Most places named. */
    public static final int MOST_POINTS = 512;

    /** Most bytes in an encoded request. */
    public static final int MOST_BYTES = 64 + (MOST_POINTS + 1) * Point.LENGTH;

    private static final String TAG = "croft/want/v1";

    public Want {
        have = List.copyOf(have.size() > MOST_POINTS ? have.subList(0, MOST_POINTS) : have);
        enough = Math.clamp(enough, 1, 16 << 20);
    }

    /** {@code tag || until || enough (4) || count (2) || count × point}. */
    public byte[] encoded() {
        ByteWriter out = new ByteWriter().tag(TAG);
        until.encode(out);
        out.u32(enough).u16(have.size());
        have.forEach(point -> point.encode(out));
        return out.toBytes();
    }

    /**
     * Decodes what {@link #encoded} wrote.
     *
     * @throws Malformed when it is not that
     */
    public static Want decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        Point until = Point.decode(in);
        int enough = in.u32();
        int count = in.u16();
        if (count > MOST_POINTS) {
            throw new Malformed("more than " + MOST_POINTS + " places");
        }
        List<Point> have = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            have.add(Point.decode(in));
        }
        in.expectEnd();
        return new Want(until, have, enough);
    }
}
