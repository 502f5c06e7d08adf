package dev.croft.budget.ledger;

import dev.croft.budget.BudgetException;
import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.LedgerEvent.BlockCreated;
import dev.croft.budget.ledger.LedgerEvent.Committed;
import dev.croft.budget.ledger.LedgerEvent.Expired;
import dev.croft.budget.ledger.LedgerEvent.Refunded;
import dev.croft.budget.ledger.LedgerEvent.Reserved;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bytes of ledger events: version, tag, then the fields in order. Names are a length byte and ASCII; amounts are eight
 * bytes of 1e-9 epsilon; instants are eight bytes of seconds and four of nanoseconds; maps are a two-byte count and
 * entries in ascending order of name. All integers big-endian.
 */
final class LedgerCodec {
    private static final int VERSION = 1;
    private static final int BLOCK_CREATED = 1;
    private static final int RESERVED = 2;
    private static final int COMMITTED = 3;
    private static final int REFUNDED = 4;
    private static final int EXPIRED = 5;

    private LedgerCodec() {}

    static byte[] encode(LedgerEvent event) {
        var bytes = new ByteArrayOutputStream(64);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            switch (event) {
                case BlockCreated(String block, TimeWindow window, Epsilon total) -> {
                    out.writeByte(BLOCK_CREATED);
                    writeName(out, block);
                    writeInstant(out, window.from());
                    writeInstant(out, window.to());
                    out.writeLong(total.nanos());
                }
                case Reserved(String key, Map<String, Epsilon> demand, Instant expiry) -> {
                    out.writeByte(RESERVED);
                    writeName(out, key);
                    writeAmounts(out, demand);
                    writeInstant(out, expiry);
                }
                case Committed(String key, Map<String, Epsilon> amounts) -> {
                    out.writeByte(COMMITTED);
                    writeName(out, key);
                    writeAmounts(out, amounts);
                }
                case Refunded(String key) -> {
                    out.writeByte(REFUNDED);
                    writeName(out, key);
                }
                case Expired(String key) -> {
                    out.writeByte(EXPIRED);
                    writeName(out, key);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static LedgerEvent decode(byte[] bytes) {
        var in = ByteBuffer.wrap(bytes);
        LedgerEvent event;
        try {
            if (in.get() != VERSION) throw new CorruptHistoryException("ledger event of unknown version");
            int tag = in.get();
            event = switch (tag) {
                case BLOCK_CREATED ->
                    new BlockCreated(
                            readName(in), new TimeWindow(readInstant(in), readInstant(in)), new Epsilon(in.getLong()));
                case RESERVED -> new Reserved(readName(in), readAmounts(in), readInstant(in));
                case COMMITTED -> new Committed(readName(in), readAmounts(in));
                case REFUNDED -> new Refunded(readName(in));
                case EXPIRED -> new Expired(readName(in));
                default -> throw new CorruptHistoryException("ledger event of unknown kind " + tag);
            };
        } catch (CorruptHistoryException e) {
            throw e;
        } catch (BufferUnderflowException e) {
            throw new CorruptHistoryException("ledger event cut short");
        } catch (BudgetException | DateTimeException | ArithmeticException e) {
            throw new CorruptHistoryException("ledger event with a bad field: " + e.getMessage());
        }
        // One check covers trailing bytes, order of entries and instants with denormal fields.
        if (!Arrays.equals(encode(event), bytes)) throw new CorruptHistoryException("ledger event is not canonical");
        return event;
    }

    private static void writeName(DataOutputStream out, String name) throws IOException {
        out.writeByte(name.length());
        out.write(name.getBytes(StandardCharsets.US_ASCII));
    }

    private static String readName(ByteBuffer in) {
        int length = in.get() & 0xff;
        if (length > in.remaining()) throw new BufferUnderflowException();
        var ascii = new byte[length];
        in.get(ascii);
        return new String(ascii, StandardCharsets.US_ASCII);
    }

    private static void writeInstant(DataOutputStream out, Instant instant) throws IOException {
        out.writeLong(instant.getEpochSecond());
        out.writeInt(instant.getNano());
    }

    private static Instant readInstant(ByteBuffer in) {
        return Instant.ofEpochSecond(in.getLong(), in.getInt());
    }

    private static void writeAmounts(DataOutputStream out, Map<String, Epsilon> amounts) throws IOException {
        out.writeShort(amounts.size());
        for (var entry : amounts.entrySet()) {
            writeName(out, entry.getKey());
            out.writeLong(entry.getValue().nanos());
        }
    }

    private static Map<String, Epsilon> readAmounts(ByteBuffer in) {
        int count = in.getShort() & 0xffff;
        var amounts = new TreeMap<String, Epsilon>();
        for (int i = 0; i < count; i++) amounts.put(readName(in), new Epsilon(in.getLong()));
        return amounts;
    }
}
