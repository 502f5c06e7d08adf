package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.kv.Change;
import dev.croft.capsule.kv.KeyValueStore;
import dev.croft.capsule.kv.KeyValueView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule kv}: a capsule as a key-value store. */
@Command(
        name = "kv",
        description = "A capsule as a key-value store that remembers every past state.",
        subcommands = {
            CapsuleKeyValueCommand.Get.class,
            CapsuleKeyValueCommand.Put.class,
            CapsuleKeyValueCommand.Delete.class,
            CapsuleKeyValueCommand.Scan.class
        })
final class CapsuleKeyValueCommand extends Group {
    /** What is read and shown. */
    abstract static class Reading extends CapsulePast {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (CapsuleReader reader = reading.open(directory)) {
                return show(new KeyValueView(reader), size(reader), output);
            }
        }

        abstract ExitStatus show(KeyValueView view, long size, Output output) throws IOException;
    }

    /** {@code croft capsule kv get}. */
    @Command(name = "get", description = "Print a key's value.")
    static final class Get extends Reading {
        @Parameters(index = "1", paramLabel = "KEY", description = "The key.")
        String key = "";

        @Option(names = "--raw", description = "Print the value's bytes and nothing else.")
        boolean raw;

        @Override
        ExitStatus show(KeyValueView view, long size, Output output) {
            Optional<byte[]> value = view.get(bytes(key), size);
            if (value.isEmpty()) {
                throw new CommandException(ExitStatus.NOT_FOUND, "no value: " + key);
            }
            if (raw) {
                output.out().flush();
                System.out.writeBytes(value.get());
                System.out.flush();
            } else {
                output.line("%s", text(value.get()));
                output.result(entry(bytes(key), value.get()));
            }
            return ExitStatus.OK;
        }
    }

    /** {@code croft capsule kv scan}. */
    @Command(name = "scan", description = "Print keys and their values, in the order of the keys' bytes.")
    static final class Scan extends Reading {
        @Option(names = "--from", defaultValue = "", description = "First key (default: the first there is).")
        String from = "";

        @Option(names = "--to", description = "Last key, exclusive (default: the end).")
        @Nullable
        String to;

        @Option(names = "--limit", defaultValue = "1000", description = "Most keys (default: ${DEFAULT-VALUE}).")
        int limit;

        @Override
        ExitStatus show(KeyValueView view, long size, Output output) {
            byte[] end = to == null ? behindAll() : bytes(to);
            List<Map<String, String>> entries = new ArrayList<>();
            List<List<String>> rows = new ArrayList<>();
            try (Stream<byte[]> keys = view.keys(bytes(from), end, size).limit(Math.max(0, limit))) {
                keys.forEach(key -> {
                    byte[] value = view.get(key, size).orElseThrow();
                    entries.add(entry(key, value));
                    rows.add(List.of(text(key), text(value)));
                });
            }
            output.table(List.of("key", "value"), rows);
            output.result(entries);
            return ExitStatus.OK;
        }

        private static byte[] behindAll() {
            byte[] end = new byte[Change.MOST_KEY_BYTES + 1];
            Arrays.fill(end, (byte) 0xff);
            return end;
        }
    }

    /** What is changed. */
    abstract static class Writing extends Subcommand {
        @Parameters(index = "0", paramLabel = "DIR", description = "Directory of a capsule.")
        Path directory;

        @Mixin
        CapsuleKeys keys;

        abstract List<Change> changes() throws IOException;

        @Override
        ExitStatus run(Output output) throws IOException {
            List<Change> changes = changes();
            for (Change change : changes) {
                if (change.key().length == 0 || change.key().length > Change.MOST_KEY_BYTES) {
                    throw new CommandException(ExitStatus.USAGE, "a key has 1 to 4096 bytes");
                }
            }
            try (CapsuleWriter writer = keys.open(directory);
                    KeyValueStore store = new KeyValueStore(writer)) {
                store.write(changes);
                output.line("durable, %d records", store.size());
                output.result(Map.of("size", store.size()));
            }
            return ExitStatus.OK;
        }
    }

    /** {@code croft capsule kv put}. */
    @Command(name = "put", description = "Set a key's value; ends once that is durable.")
    static final class Put extends Writing {
        @Parameters(index = "1", paramLabel = "KEY", description = "The key.")
        String key = "";

        @Parameters(index = "2", arity = "0..1", paramLabel = "VALUE", description = "The value.")
        @Nullable
        String value;

        @Option(names = "--file", paramLabel = "FILE", description = "A file whose content is the value.")
        @Nullable
        Path file;

        @Override
        List<Change> changes() throws IOException {
            if ((value == null) == (file == null)) {
                throw new CommandException(ExitStatus.USAGE, "give a VALUE or --file, one of them");
            }
            if (file != null && Files.size(file) > 8 << 20) {
                throw new CommandException(ExitStatus.INPUT, file + ": a value has at most 8 MiB");
            }
            byte[] content = file != null ? Files.readAllBytes(file) : bytes(value == null ? "" : value);
            return List.of(new Change.Put(bytes(key), content));
        }
    }

    /** {@code croft capsule kv delete}. */
    @Command(name = "delete", description = "Take keys' values away, all together; ends once that is durable.")
    static final class Delete extends Writing {
        @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY", description = "The keys.")
        List<String> names = List.of();

        @Override
        List<Change> changes() {
            return names.stream()
                    .map(name -> (Change) new Change.Delete(bytes(name)))
                    .toList();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** As text where it is text, and always in base64. */
    private static Map<String, String> entry(byte[] key, byte[] value) {
        Map<String, String> entry = new LinkedHashMap<>();
        entry.put("key", text(key));
        if (Arrays.equals(bytes(text(value)), value)) {
            entry.put("value", text(value));
        }
        entry.put("base64", Base64.getEncoder().encodeToString(value));
        return entry;
    }
}
