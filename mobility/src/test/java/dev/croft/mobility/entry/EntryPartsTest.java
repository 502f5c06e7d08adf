package dev.croft.mobility.entry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class EntryPartsTest {
    private static final int SEVERAL = 4000;

    private static String shown(EntryResult result) {
        return switch (result) {
            case EntryResult.Taken taken -> taken.entry().toJson();
            case EntryResult.Refused refused ->
                refused.refusal().reason() + " " + refused.text().strip();
        };
    }

    private static List<String> read(InputStream in) {
        List<String> results = new ArrayList<>();
        try (EntryReader reader = EntryReader.open(in, EntryBounds.STANDARD)) {
            reader.forEachRemaining(result -> results.add(shown(result)));
        } catch (EntryException e) {
            results.add("broken");
        }
        return results;
    }

    private static List<String> readParts(InputStream in, int bytes) throws Exception {
        List<String> results = new ArrayList<>();
        try (EntryParts parts = EntryParts.open(in, bytes)) {
            for (Optional<byte[]> part = parts.next(); part.isPresent(); part = parts.next()) {
                results.addAll(read(new GZIPInputStream(new ByteArrayInputStream(part.get()))));
            }
            parts.broken().ifPresent(_ -> results.add("broken"));
        }
        return results;
    }

    @Test
    void partsHoldTheSameEntriesInTheSameOrderWhateverTheInputIs() throws Exception {
        Random random = new Random(5);
        String[] pieces = {
            "{\"n\":1}",
            "{\"a\":{\"b\":[1,2]}}",
            "\n",
            "\n",
            "[",
            "]",
            ",",
            " ",
            "\"",
            "\\",
            "}",
            "{",
            "7",
            "x",
            "{\"t\":\"]}\"}"
        };
        for (int round = 0; round < SEVERAL; round++) {
            StringBuilder text = new StringBuilder(round % 3 == 0 ? "[{\"n\":0}," : "");
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            // What is cut short is told once by a reader of the whole, and may be told of the part that it is in too.
            text.append(round % 3 == 0 ? "]\n" : "\n");
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            List<String> whole = read(new ByteArrayInputStream(bytes));
            if (!whole.contains("broken")) {
                assertThat(readParts(new ByteArrayInputStream(bytes), 1 + random.nextInt(30)))
                        .as(text.toString())
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void anEntryThatIsTooLongIsPassedOnAndRefusedByWhoeverReadsIt() throws Exception {
        String large = "{\"a\":\"" + "y".repeat(3 << 20) + "\"}";
        for (String text : List.of("[{\"n\":1}," + large + ",{\"n\":2}]", "{\"n\":1}\n" + large + "\n{\"n\":2}\n")) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            List<String> parts = readParts(new ByteArrayInputStream(bytes), 100);
            assertThat(parts).hasSize(3).isEqualTo(read(new ByteArrayInputStream(bytes)));
            assertThat(parts.get(1)).startsWith("TOO_LARGE");
        }
    }

    @Test
    void aLineWithoutEndIsNamedAndNothingOfItIsKept() throws Exception {
        byte[] first = "{\"n\":1}\n{\"n\":2}\n".getBytes(StandardCharsets.UTF_8);
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                Arrays.fill(buffer, offset, offset + length, (byte) 'x');
                return length;
            }
        };
        try (EntryParts parts =
                EntryParts.open(new SequenceInputStream(new ByteArrayInputStream(first), endless), 1 << 30)) {
            byte[] part = parts.next().orElseThrow();
            assertThat(new GZIPInputStream(new ByteArrayInputStream(part)).readAllBytes())
                    .isEqualTo("{\"n\":1}\n{\"n\":2}".getBytes(StandardCharsets.UTF_8));
            assertThat(parts.next()).isEmpty();
            assertThat(parts.broken().orElseThrow())
                    .hasMessage("entry 2: it begins at byte 16 and goes on for more than 16777216 bytes");
        }
    }

    @Test
    void whatCannotBeReadOnIsToldAndWhatCameBeforeIsThere() throws Exception {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write("{\"n\":1}\n".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        }
        byte[] cut = Arrays.copyOf(out.toByteArray(), out.size() - 9);
        List<String> parts = readParts(new ByteArrayInputStream(cut), 10_000);
        assertThat(parts).hasSizeGreaterThan(50_000).endsWith("broken");
        assertThat(readParts(new ByteArrayInputStream("[{\"n\":1},{\"n\":2}".getBytes(StandardCharsets.UTF_8)), 5))
                .hasSize(3)
                .endsWith("broken");
        assertThat(readParts(new ByteArrayInputStream(new byte[0]), 5)).isEmpty();
    }
}
