package dev.croft.capsule.view;

import java.util.Arrays;

/** The doors to this package's own decoders, for fuzzing. */
public final class ViewDecoders {
    private ViewDecoders() {}

    /** A node of a checkpoint's tree. */
    public static void node(byte[] bytes) {
        if (!Arrays.equals(TreeNode.decode(9, bytes).encode(9), bytes)) {
            throw new IllegalStateException("two encodings of one node");
        }
    }

    /** A checkpoint. */
    public static void checkpoint(byte[] bytes) {
        Checkpoint.decode(9, bytes);
    }

    /** A summary; anything else is none. */
    public static void summary(byte[] bytes) {
        Summary.find(9, bytes);
    }
}
