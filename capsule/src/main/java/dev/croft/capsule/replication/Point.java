package dev.croft.capsule.replication;

import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;

/**
 * A place in a history, as one replica names it to another.
 *
 * @param id the heartbeat's hash; the capsule's name at the beginning
 * @param size how many records lie before it
 */
public record Point(Hash id, long size) {
    static final int LENGTH = Hash.LENGTH + 8;

    public static Point of(Standing standing) {
        return new Point(standing.id(), standing.size());
    }

    public static Point of(Heartbeat heartbeat) {
        return new Point(heartbeat.hash(), heartbeat.size());
    }

    void encode(ByteWriter out) {
        out.bytes(id.bytes()).u64(size);
    }

    static Point decode(ByteReader in) {
        return new Point(Hash.of(in.bytes(Hash.LENGTH)), in.u63());
    }
}
