package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.replication.ReplicationException;
import java.util.Map;

/** A capsule's key files as they travel: {@code count (2) || count × (epoch (4) || length (4) || key file)}. */
final class KeyBundle {
    static final int MOST_BYTES = 8 << 20;
    private static final int MOST_FILE_BYTES = 1 << 20;

    private KeyBundle() {}

    static byte[] encode(Map<Integer, byte[]> files) {
        ByteWriter out = new ByteWriter().u16(files.size());
        files.forEach((epoch, file) -> out.u32(epoch).framed(file));
        return out.toBytes();
    }

    /** Takes key files that the writer signed. */
    static void accept(CapsuleReplica replica, byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        int count = in.u16();
        for (int i = 0; i < count; i++) {
            int epoch = in.u32();
            byte[] file = in.framed(MOST_FILE_BYTES);
            try {
                replica.acceptKeys(epoch, file);
            } catch (CapsuleReplica.Refused e) {
                throw new ReplicationException.Refused(String.valueOf(e.getMessage()));
            } catch (CapsuleException.DiskFailed e) {
                throw new ReplicationException.NoRoom("the disk refused: " + e.getMessage());
            }
        }
        in.expectEnd();
    }
}
