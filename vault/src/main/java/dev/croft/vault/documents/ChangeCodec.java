package dev.croft.vault.documents;

import dev.croft.vault.documents.view.Bson;
import dev.croft.vault.documents.view.Change;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bson.BSONException;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * The bodies of the data capsule's records. A body is one byte of version (1) and then changes, all of which take effect together:
 *
 * <pre>
 * change     = kind collection document
 * kind       = 01 (put) | 02 (delete)
 * collection = length (1 byte) and that many bytes of ASCII
 * document   = BSON: the whole document to put, or {_id: …} of the one to delete
 * </pre>
 *
 * <p>Records hold results, not instructions: an update is the document it made. So replaying needs no operator, and putting a document again is harmless.
 */
final class ChangeCodec {
    private static final byte VERSION = 1;
    private static final byte PUT = 1;
    private static final byte DELETE = 2;

    private ChangeCodec() {}

    /** Packs changes into as few bodies as the longest allows. */
    static List<byte[]> encode(List<Change> changes) {
        List<byte[]> bodies = new ArrayList<>();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Change change : changes) {
            byte[] collection = change.collection().getBytes(StandardCharsets.US_ASCII);
            byte[] document =
                    change.document() == null ? Bson.encode(new BsonDocument("_id", change.id())) : change.document();
            if (body.size() > 0 && body.size() + 2 + collection.length + document.length > DocumentLog.MAX_BODY) {
                bodies.add(body.toByteArray());
                body.reset();
            }
            if (body.size() == 0) {
                body.write(VERSION);
            }
            body.write(change.document() == null ? DELETE : PUT);
            body.write(collection.length);
            body.writeBytes(collection);
            body.writeBytes(document);
        }
        if (body.size() > 0) {
            bodies.add(body.toByteArray());
        }
        return bodies;
    }

    /** @throws DocumentException.LogFailed if it is not a body of this format */
    static List<Change> decode(long sequence, byte[] body) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
            if (buffer.get() != VERSION) {
                throw malformed(sequence, null);
            }
            List<Change> changes = new ArrayList<>();
            while (buffer.hasRemaining()) {
                byte kind = buffer.get();
                byte[] collection = new byte[buffer.get() & 0xff];
                buffer.get(collection);
                int length = buffer.getInt(buffer.position());
                if (length > buffer.remaining()) {
                    throw malformed(sequence, null);
                }
                byte[] document = new byte[length];
                buffer.get(document);
                if (!BsonShape.isDocument(document)) {
                    throw malformed(sequence, null);
                }
                BsonValue id = new RawBsonDocument(document).get("_id");
                if (id == null || (kind != PUT && kind != DELETE)) {
                    throw malformed(sequence, null);
                }
                String name = new String(collection, StandardCharsets.US_ASCII);
                changes.add(kind == PUT ? Change.put(name, id, document) : Change.delete(name, id));
            }
            return changes;
        } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | IllegalArgumentException
                | BSONException e) {
            // The BSON library tells some broken lengths as arguments that are not allowed.
            throw malformed(sequence, e);
        }
    }

    private static DocumentException.LogFailed malformed(long sequence, @Nullable Exception cause) {
        return new DocumentException.LogFailed("record " + sequence + " holds no document changes", cause);
    }
}
