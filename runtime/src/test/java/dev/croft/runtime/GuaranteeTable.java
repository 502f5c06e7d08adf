package dev.croft.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The table in docs/runtime.md of what each backend enforces: a row for each guarantee, a column for each backend, headed by what its
 * name begins with. A cell is what {@link #cell(Enforcement.Item)} makes of the backend's own word.
 */
final class GuaranteeTable {
    private final List<String> header;
    private final List<List<String>> rows;

    private GuaranteeTable(List<String> header, List<List<String>> rows) {
        this.header = header;
        this.rows = rows;
    }

    static GuaranteeTable read() throws IOException {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("docs/runtime.md"))) {
            here = here.getParent();
            if (here == null) {
                throw new IOException("not within the repository");
            }
        }
        List<List<String>> table = Files.readAllLines(here.resolve("docs/runtime.md")).stream()
                .dropWhile(line -> !line.startsWith("| guarantee |"))
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
        return new GuaranteeTable(table.getFirst(), table.subList(2, table.size()));
    }

    List<List<String>> rows() {
        return rows;
    }

    /** What the table says of a guarantee in the column of this backend; empty if it says nothing. */
    String cell(Enforcement.Guarantee guarantee, String backend) {
        for (int i = 1; i < header.size(); i++) {
            if (backend.startsWith(header.get(i).replace(")", ""))) {
                int column = i;
                return rows.stream()
                        .filter(row -> row.getFirst().equals(name(guarantee)))
                        .map(row -> row.get(column))
                        .findFirst()
                        .orElse("");
            }
        }
        return "";
    }

    static String name(Enforcement.Guarantee guarantee) {
        return guarantee.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Such as {@code yes: control group}; that a router runs as root is left out. */
    static String cell(Enforcement.Item item) {
        String level = switch (item.level()) {
            case ENFORCED -> "yes";
            case PARTLY -> "partly";
            case NOT_ENFORCED -> "no";
        };
        return level + ": " + item.how().replace("; the router runs as root, a user of its own is better", "");
    }
}
