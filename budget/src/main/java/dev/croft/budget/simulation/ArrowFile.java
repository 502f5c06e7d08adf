package dev.croft.budget.simulation;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Utf8;

/**
 * Writes a table in Arrow's IPC file format (columnar format 1.5, "Serialization and Interprocess Communication"): a schema, record
 * batches of {@link #BATCH} rows, uncompressed, and a footer that says where they are. The messages are Arrow's own generated code; its
 * vectors are not needed, which want memory outside of the heap and the JDK's insides opened.
 */
final class ArrowFile {
    /** Rows held in memory at a time. */
    static final int BATCH = 65_536;

    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int CONTINUATION = -1;

    /** Where a record batch is: {@code metadata} bytes with their prefix, then its body. */
    private record Place(long offset, int metadata, long body) {}

    private final OutputStream out;
    private final List<Place> batches = new ArrayList<>();
    private long written;

    private ArrowFile(OutputStream out) {
        this.out = out;
    }

    static void write(Table table, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            new ArrowFile(out).write(table);
        }
    }

    private void write(Table table) throws IOException {
        put(Arrays.copyOf(MAGIC, 8));
        var schema = new FlatBufferBuilder();
        message(schema, MessageHeader.Schema, schema(schema, table.columns()), 0);
        for (int from = 0; from < table.rows(); from += BATCH) batch(table, from, Math.min(BATCH, table.rows() - from));
        put(little(8).putInt(CONTINUATION).putInt(0).array());
        byte[] footer = footer(table.columns());
        put(footer);
        put(little(4).putInt(footer.length).array());
        put(MAGIC);
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int padded(int length) {
        return (length + 7) & ~7;
    }

    /** Writes an encapsulated message without its body; gives its length with the prefix. */
    private int message(FlatBufferBuilder builder, byte type, int header, long body) throws IOException {
        builder.finish(Message.createMessage(builder, MetadataVersion.V5, type, header, body, 0));
        byte[] metadata = builder.sizedByteArray();
        int length = padded(metadata.length);
        put(little(8 + length).putInt(CONTINUATION).putInt(length).put(metadata).array());
        return 8 + length;
    }

    private static int schema(FlatBufferBuilder builder, List<Table.Column> columns) {
        var fields = new int[columns.size()];
        for (int i = 0; i < fields.length; i++) {
            Table.Column column = columns.get(i);
            int name = builder.createString(column.name());
            byte kind = switch (column.type()) {
                case TEXT -> Type.Utf8;
                case INTEGER -> Type.Int;
                case NUMBER -> Type.FloatingPoint;
            };
            int type = switch (column.type()) {
                case TEXT -> {
                    Utf8.startUtf8(builder);
                    yield Utf8.endUtf8(builder);
                }
                case INTEGER -> Int.createInt(builder, 64, true);
                case NUMBER -> FloatingPoint.createFloatingPoint(builder, Precision.DOUBLE);
            };
            int children = Field.createChildrenVector(builder, new int[0]);
            fields[i] = Field.createField(builder, name, true, kind, type, 0, children, 0);
        }
        return Schema.createSchema(builder, Endianness.Little, Schema.createFieldsVector(builder, fields), 0, 0);
    }

    private void batch(Table table, int from, int rows) throws IOException {
        List<byte[]> buffers = new ArrayList<>();
        var nulls = new int[table.columns().size()];
        for (int i = 0; i < nulls.length; i++) nulls[i] = column(table.columns().get(i), from, rows, buffers);
        long body = buffers.stream().mapToLong(buffer -> padded(buffer.length)).sum();
        var builder = new FlatBufferBuilder();
        // Vectors of structs are filled from their end.
        RecordBatch.startBuffersVector(builder, buffers.size());
        long end = body;
        for (byte[] buffer : buffers.reversed()) {
            end -= padded(buffer.length);
            Buffer.createBuffer(builder, end, buffer.length);
        }
        int places = builder.endVector();
        RecordBatch.startNodesVector(builder, nulls.length);
        for (int i = nulls.length - 1; i >= 0; i--) FieldNode.createFieldNode(builder, rows, nulls[i]);
        int nodes = builder.endVector();
        int header = RecordBatch.createRecordBatch(builder, rows, nodes, places, 0, 0);
        long offset = written;
        batches.add(new Place(offset, message(builder, MessageHeader.RecordBatch, header, body), body));
        for (byte[] buffer : buffers) put(Arrays.copyOf(buffer, padded(buffer.length)));
    }

    /** Adds a column's buffers: which rows have a value, for texts where each begins, and the values; gives how many have none. */
    private static int column(Table.Column column, int from, int rows, List<byte[]> buffers) {
        var there = new byte[(rows + 7) / 8];
        var texts = new ByteArrayOutputStream();
        ByteBuffer fixed = little(column.type() == Table.Type.TEXT ? 4 * (rows + 1) : 8 * rows);
        int missing = 0;
        for (int row = 0; row < rows; row++) {
            Object cell = column.cells().apply(from + row);
            if (cell == null) missing++;
            else there[row >> 3] |= (byte) (1 << (row & 7));
            switch (column.type()) {
                case TEXT -> {
                    fixed.putInt(texts.size());
                    if (cell != null) texts.writeBytes(((String) cell).getBytes(StandardCharsets.UTF_8));
                }
                case INTEGER -> fixed.putLong(cell == null ? 0 : (Long) cell);
                case NUMBER -> fixed.putDouble(cell == null ? 0 : (Double) cell);
            }
        }
        buffers.add(there);
        if (column.type() == Table.Type.TEXT) fixed.putInt(texts.size());
        buffers.add(fixed.array());
        if (column.type() == Table.Type.TEXT) buffers.add(texts.toByteArray());
        return missing;
    }

    private byte[] footer(List<Table.Column> columns) {
        var builder = new FlatBufferBuilder();
        int schema = schema(builder, columns);
        Footer.startDictionariesVector(builder, 0);
        int dictionaries = builder.endVector();
        Footer.startRecordBatchesVector(builder, batches.size());
        for (Place place : batches.reversed()) Block.createBlock(builder, place.offset, place.metadata, place.body);
        int places = builder.endVector();
        builder.finish(Footer.createFooter(builder, MetadataVersion.V5, schema, dictionaries, places, 0));
        return builder.sizedByteArray();
    }
}
