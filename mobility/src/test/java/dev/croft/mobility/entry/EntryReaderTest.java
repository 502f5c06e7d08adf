package dev.croft.mobility.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.mobility.entry.EntryResult.Refused;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.Refusal.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.bson.BsonBinary;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryReaderTest {
    private static final EntryBounds SMALL = new EntryBounds(5, 200, 1000);

    private static List<EntryResult> read(byte[] bytes, EntryBounds bounds) {
        List<EntryResult> results = new ArrayList<>();
        try (EntryReader reader = EntryReader.open(new ByteArrayInputStream(bytes), bounds)) {
            reader.forEachRemaining(results::add);
        }
        return results;
    }

    private static List<EntryResult> read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8), SMALL);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static Reason reason(EntryResult result) {
        return ((Refused) result).refusal().reason();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"n\":1},{\"n\":2},\n{\"n\":3}]",
                "{\"n\":1}\n{\"n\":2}\r\n\n{\"n\":3}\n",
                "{\"n\":1}{\"n\":2}{\"n\":3}",
                "{\n \"n\": 1\n}\n{\n \"n\":\n2}\n {\"n\":3}",
                "\uFEFF[ {\"n\":1} , {\"n\":2} , {\"n\":3} ]\n",
                "[{\"n\":1}]\n[{\"n\":2},{\"n\":3}]"
            })
    void arraysLinesAndSequencesReadAlikePlainAndGzip(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte[] input : List.of(bytes, gzip(bytes))) {
            assertThat(read(input, SMALL))
                    .extracting(result -> ((Taken) result).entry().getInt32("n").getValue())
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void typesOfExtendedJsonAreKept() {
        var entry = ((Taken) read("{\"o\":{\"$oid\":\"55a4418c7d65cb39ee9737d2\"},"
                                + "\"h\":{\"$uuid\":\"73c7bf7e25524a6db21162190d2322e2\"},"
                                + "\"d\":{\"$uuid\":\"73c7bf7e-2552-4a6d-b211-62190d2322e2\"},"
                                + "\"i\":1,\"f\":1.0,\"l\":9978889615940}")
                        .getFirst())
                .entry();
        assertThat(entry.get("o")).isInstanceOf(BsonObjectId.class);
        assertThat(entry.get("h")).isInstanceOf(BsonBinary.class).isEqualTo(entry.get("d"));
        assertThat(entry.get("i")).isEqualTo(new BsonInt32(1));
        assertThat(entry.get("f")).isEqualTo(new BsonDouble(1));
        assertThat(entry.get("l")).isEqualTo(new BsonInt64(9978889615940L));
        assertThat(EntryJson.write(entry)).contains("{\"$uuid\": \"73c7bf7e25524a6db21162190d2322e2\"}");
    }

    @Test
    void datesOfOlderExportsAreTakenToo() {
        for (String date : new String[] {
            "\"2015-07-22T10:00:00Z\"",
            "\"2015-07-22T12:00:00.000+0200\"",
            "\"2015-07-22T03:00:00-07:00\"",
            "{\"$numberLong\": \"1437559200000\"}",
            "1437559200000"
        }) {
            byte[] json = ("{\"at\": {\"$date\": " + date + "}}").getBytes(StandardCharsets.UTF_8);
            assertThat(EntryJson.parse(json, EntryBounds.STANDARD))
                    .as(date)
                    .isInstanceOfSatisfying(
                            Taken.class,
                            taken -> assertThat(taken.entry().getDateTime("at").getValue())
                                    .isEqualTo(1_437_559_200_000L));
        }
    }

    @Test
    void aBadEntryIsRefusedAloneWithItsReason() {
        List<EntryResult> results =
                read("[{\"n\":1}, 5, {\"a\":x}, {\"a\":1,\"a\":2}, {\"$oid\":\"zz\"}, {\"a\":{\"$code\":\"f\"}},"
                        + " {\"a\":[[[[[[1]]]]]]}, {\"a\":\"" + "y".repeat(300)
                        + "\"}, {\"a\":99999999999999999999}, \"s,]\", {\"n\":2}]");
        assertThat(results).hasSize(11);
        assertThat(results.getFirst()).isInstanceOf(Taken.class);
        assertThat(results.getLast()).isInstanceOf(Taken.class);
        assertThat(results.subList(1, 10))
                .extracting(EntryReaderTest::reason)
                .containsExactly(
                        Reason.NOT_AN_OBJECT,
                        Reason.MALFORMED,
                        Reason.MALFORMED,
                        Reason.MALFORMED,
                        Reason.MALFORMED,
                        Reason.TOO_DEEP,
                        Reason.TOO_LARGE,
                        Reason.OUT_OF_RANGE,
                        Reason.NOT_AN_OBJECT);
    }

    @Test
    void aTornLineCostsOneEntry() {
        List<EntryResult> results = read("{\"n\":1}\n{\"n\":\"tor\n{\"n\":2}\nnot json\n{\"n\":3}\n{\"n\"");
        assertThat(results).hasSize(6);
        assertThat(results).filteredOn(Taken.class::isInstance).hasSize(3);
    }

    @Test
    void aCutArrayAndDamagedGzipEndTheReading() throws IOException {
        assertThatThrownBy(() -> read("[{\"n\":1},{\"n\":2}"))
                .isInstanceOf(EntryException.class)
                .hasMessageContaining("not closed");
        byte[] gzip = gzip("{\"n\":1}\n".repeat(1000).getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> read(Arrays.copyOf(gzip, gzip.length - 6), EntryBounds.STANDARD))
                .isInstanceOf(EntryException.class);
        assertThatThrownBy(() -> read("{} ".repeat(1001))).isInstanceOf(EntryException.class);
    }

    @Test
    void aHugeEntryIsSkippedWithoutBeingHeld() {
        InputStream endless = new InputStream() {
            private int left = 50_000_000;

            @Override
            public int read() {
                return left-- > 0 ? '[' : -1;
            }
        };
        try (EntryReader reader = EntryReader.open(endless, SMALL)) {
            assertThat(reader.hasNext()).isTrue();
            assertThat(reason(reader.next())).isIn(Reason.TOO_DEEP, Reason.TOO_LARGE);
        }
    }

    @Test
    void randomBytesAreRefusedOrEndTheReadingAndNothingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (round % 2 == 0) {
                String alphabet = "{}[]\",:\\\n ae1.-$";
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
                }
            }
            try {
                for (EntryResult result : read(bytes, SMALL)) {
                    LongTermFormat.convert(result);
                }
            } catch (EntryException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " round " + round, e);
            }
        }
    }
}
