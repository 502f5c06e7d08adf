package dev.croft.vault.documents.view;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.BsonDocument;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.DecoderContext;
import org.bson.codecs.EncoderContext;
import org.bson.io.BasicOutputBuffer;

/** BSON between bytes and trees of values. */
public final class Bson {
    private static final BsonDocumentCodec CODEC = new BsonDocumentCodec();
    private static final EncoderContext ENCODER = EncoderContext.builder().build();
    private static final DecoderContext DECODER = DecoderContext.builder().build();

    private Bson() {}

    /** The document as a tree of values, for looking at many of its fields. */
    public static BsonDocument decode(BsonDocument document) {
        if (document instanceof RawBsonDocument raw) {
            try (BsonBinaryReader reader =
                    new BsonBinaryReader(raw.getByteBuffer().asNIO().order(ByteOrder.LITTLE_ENDIAN))) {
                return CODEC.decode(reader, DECODER);
            }
        }
        return document;
    }

    public static byte[] encode(BsonDocument document) {
        if (document instanceof RawBsonDocument raw) {
            ByteBuffer buffer = raw.getByteBuffer().asNIO();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        }
        try (BasicOutputBuffer buffer = new BasicOutputBuffer(512);
                BsonBinaryWriter writer = new BsonBinaryWriter(buffer)) {
            CODEC.encode(writer, document, ENCODER);
            return buffer.toByteArray();
        }
    }
}
