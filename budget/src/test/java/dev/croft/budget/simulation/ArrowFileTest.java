package dev.croft.budget.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write, read by Arrow's own library. */
class ArrowFileTest {
    @TempDir
    Path folder;

    /** Every column's values, in order of the columns' names; nothing where there is none. */
    private static Map<String, List<String>> read(Path file) throws IOException {
        var columns = new TreeMap<String, List<String>>();
        try (var memory = new RootAllocator();
                var channel = FileChannel.open(file);
                var reader = new ArrowFileReader(channel, memory)) {
            reader.getVectorSchemaRoot()
                    .getSchema()
                    .getFields()
                    .forEach(f -> columns.put(f.getName(), new ArrayList<>()));
            while (reader.loadNextBatch())
                for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
                    List<String> values = columns.computeIfAbsent(vector.getName(), _ -> new ArrayList<>());
                    for (int i = 0; i < vector.getValueCount(); i++) {
                        Object value = vector.getObject(i);
                        values.add(value == null ? "" : value.toString());
                    }
                }
        }
        return columns;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, ArrowFile.BATCH, ArrowFile.BATCH + 3})
    void theReferenceImplementationReadsWhatIsWritten(int rows) throws IOException {
        Table table = new Table(rows)
                .text("text", row -> row % 3 == 1 ? null : "é" + row)
                .integer("integer", row -> row % 5 == 0 ? null : row * (1L << 40))
                .number("number", row -> row % 7 == 6 ? null : row / 3.0);
        Path file = folder.resolve("t.arrow");
        table.arrow(file);
        Map<String, List<String>> columns = read(file);
        assertThat(columns).containsOnlyKeys("text", "integer", "number");
        for (Table.Column column : table.columns()) {
            List<String> values = columns.getOrDefault(column.name(), List.of());
            assertThat(values).hasSize(rows);
            for (int row = 0; row < rows; row++) {
                Object cell = column.cells().apply(row);
                assertThat(values.get(row)).isEqualTo(cell == null ? "" : cell.toString());
            }
        }
    }

    @Test
    void resultsAndClaimsOfASimulationAreTheSameAsInTheirCsv() throws Exception {
        Simulation.of(new ObjectMapper()
                        .readTree("{\"load\":{\"duration\":30,\"analysts\":3,\"timeout\":5},"
                                + "\"runs\":[{\"policy\":\"DPF_N\",\"value\":50},{\"policy\":\"DPACK\",\"value\":9}]}"))
                .run(folder, _ -> {});
        for (String name : List.of("results", "claims-dpf_n-50", "claims-dpack-9")) {
            List<String[]> lines = Files.readAllLines(folder.resolve(name + ".csv")).stream()
                    .map(line -> line.split(",", -1))
                    .toList();
            Map<String, List<String>> columns = read(folder.resolve(name + ".arrow"));
            String[] header = lines.getFirst();
            assertThat(columns).containsOnlyKeys(header);
            for (int i = 0; i < header.length; i++) {
                int at = i;
                List<String> csv =
                        lines.stream().skip(1).map(line -> plain(line[at])).toList();
                assertThat(columns.getOrDefault(header[i], List.of()).stream()
                                .map(ArrowFileTest::plain)
                                .toList())
                        .as(name + " " + header[i])
                        .isEqualTo(csv);
            }
        }
        assertThat(Arrays.asList(folder.toFile().list())).contains("results.arrow");
    }

    /** Python and Java print numbers in different ways. */
    private static String plain(String cell) {
        try {
            return Double.toString(Double.parseDouble(cell));
        } catch (NumberFormatException e) {
            return cell;
        }
    }
}
