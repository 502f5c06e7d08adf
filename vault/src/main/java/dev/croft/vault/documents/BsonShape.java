package dev.croft.vault.documents;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Whether bytes have the lengths of a BSON document (bsonspec.org, version 1.1): the BSON library allocates what a length says
 * before it looks whether so much is there.
 */
final class BsonShape {
    private static final int DEEPEST = 1_000;

    private BsonShape() {}

    /** Whether the bytes are one document, all its parts within it. */
    static boolean isDocument(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            return document(in, 0) && !in.hasRemaining();
        } catch (BufferUnderflowException e) {
            return false;
        }
    }

    private static boolean document(ByteBuffer in, int depth) {
        int start = in.position();
        int length = in.getInt();
        if (length < 5 || length > in.limit() - start || depth > DEEPEST) {
            return false;
        }
        for (byte type = in.get(); type != 0; type = in.get()) {
            if (!texts(in, 1) || !value(in, type, depth)) {
                return false;
            }
        }
        return in.position() - start == length;
    }

    private static boolean value(ByteBuffer in, byte type, int depth) {
        return switch (type) {
            case 0x06, 0x0a, 0x7f, (byte) 0xff -> true;
            case 0x08 -> skip(in, 1);
            case 0x10 -> skip(in, Integer.BYTES);
            case 0x01, 0x09, 0x11, 0x12 -> skip(in, Long.BYTES);
            case 0x07 -> skip(in, 12);
            case 0x13 -> skip(in, 2 * Long.BYTES);
            case 0x02, 0x0d, 0x0e -> skip(in, in.getInt());
            case 0x05 -> skip(in, in.getInt()) && skip(in, 1);
            case 0x03, 0x04 -> document(in, depth + 1);
            case 0x0b -> texts(in, 2);
            case 0x0c -> skip(in, in.getInt()) && skip(in, 12);
            case 0x0f -> skip(in, Integer.BYTES) && skip(in, in.getInt()) && document(in, depth + 1);
            default -> false;
        };
    }

    private static boolean skip(ByteBuffer in, int bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            return false;
        }
        in.position(in.position() + bytes);
        return true;
    }

    private static boolean texts(ByteBuffer in, int count) {
        int left = count;
        while (left > 0) {
            if (in.get() == 0) {
                left--;
            }
        }
        return true;
    }
}
