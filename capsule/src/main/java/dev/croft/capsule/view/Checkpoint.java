package dev.croft.capsule.view;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import org.jspecify.annotations.Nullable;

/**
 * A record that says where a view's tree is: what the first {@code covers} records come to. Behind them and before this one
 * there are only the tree's new nodes.
 *
 * @param sequence the record's own
 * @param root the root's record, or {@link Tree#EMPTY}
 */
record Checkpoint(String kind, long sequence, long covers, long root) {
    static final String TAG = "croft/checkpoint/v1";

    byte[] encode() {
        return new ByteWriter()
                .tag(TAG)
                .u64(sequence)
                .text(kind)
                .u64(covers)
                .u64(root + 1)
                .toBytes();
    }

    /**
     * Decodes the body of the record with this sequence.
     *
     * @throws Malformed when it is no checkpoint, or that of another place
     */
    static Checkpoint decode(long sequence, byte[] body) {
        ByteReader in = new ByteReader(body).expectTag(TAG);
        long own = in.u63();
        String kind = in.text(64);
        long covers = in.u63();
        long root = in.u63() - 1;
        in.expectEnd();
        if (own != sequence || root >= sequence || covers > sequence) {
            throw new Malformed("a checkpoint out of its place");
        }
        return new Checkpoint(kind, sequence, covers, root);
    }

    /** The newest checkpoint of this kind among the first {@code size} records. */
    static @Nullable Checkpoint latest(RecordLog log, String kind, long size) {
        return Newest.of(log, size, (sequence, body) -> find(kind, sequence, body));
    }

    /** The checkpoint of this kind that a body is, if it is one. */
    static @Nullable Checkpoint find(String kind, long sequence, byte[] body) {
        if (!begins(body, TAG)) {
            return null;
        }
        try {
            Checkpoint checkpoint = decode(sequence, body);
            return checkpoint.kind.equals(kind) ? checkpoint : null;
        } catch (Malformed e) {
            // One that lost its place says nothing; the records before it say it all.
            return null;
        }
    }

    /** Whether a body begins with this tag. */
    static boolean begins(byte[] body, String tag) {
        if (body.length < 2 + tag.length() || ((body[0] & 0xff) << 8 | body[1] & 0xff) != tag.length()) {
            return false;
        }
        for (int i = 0; i < tag.length(); i++) {
            if (body[2 + i] != tag.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
