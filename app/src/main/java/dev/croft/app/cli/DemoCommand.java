package dev.croft.app.cli;

import dev.croft.app.demo.Demo;
import dev.croft.app.demo.Person;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.router.RouterConfig;
import dev.croft.router.query.QueryAnswer;
import dev.croft.runtime.Quarters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code croft demo}: everything once, from nobody to a noisy count across people. */
@Command(
        name = "demo",
        description = {
            "Start everything on this machine, give 20 made-up people private clouds, upload their phone data, run the pipeline"
                    + " inside each, and count across all of them with privacy; then stop.",
            "What it made stays in its home, for 'croft up --home' to serve again."
        })
final class DemoCommand extends Subcommand {
    /** Berkeley and a little around it. */
    private static final String TOWN =
            "{type: 'Polygon', coordinates: [[[-122.30,37.85],[-122.24,37.85],[-122.24,37.89],[-122.30,37.89],[-122.30,37.85]]]}";
    /** From San Francisco to San Jose. */
    private static final String BAY =
            "{type: 'Polygon', coordinates: [[[-122.6,37.2],[-121.7,37.2],[-121.7,38.1],[-122.6,38.1],[-122.6,37.2]]]}";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Use real files: each JSON file of DIR is one person's. With --json each person's day is told whole, as its"
                            + " owner reads it, in the shape that 'croft mobility run FILE --json' prints.")
    @Nullable
    Path data;

    @Option(
            names = "--people",
            defaultValue = "20",
            description = "How many made-up people (default: ${DEFAULT-VALUE}).")
    int people;

    @Option(names = "--days", defaultValue = "3", description = "How many days of each (default: ${DEFAULT-VALUE}).")
    int days;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Seed of the made-up people (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
            names = "--epsilon",
            defaultValue = "0.5",
            description = "What the count costs each person (default: ${DEFAULT-VALUE}).")
    BigDecimal epsilon = BigDecimal.ONE;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            description = "Where to keep it all (default: a new folder in the temporary one).")
    @Nullable
    Path home;

    @Mixin
    IsolationOptions isolation = new IsolationOptions();

    @Override
    ExitStatus run(Output output) throws Exception {
        long began = System.nanoTime();
        List<Person> everyone = data == null ? madeUp() : fromFiles(data);
        Home where = new Home(home == null ? Files.createTempDirectory("croft-demo-") : home);
        if (Files.exists(where.keys()) && !isEmpty(where.keys())) {
            throw new CommandException(
                    ExitStatus.INPUT, "there are private clouds in " + where.root() + " already; name a new folder");
        }
        where.create();
        RouterConfig config = RouterConfig.embedded(where.router())
                .withServicesDirectory(where.services())
                .withListen("127.0.0.1", 0);
        Demo.Result result;
        try (LocalServer server = isolation.start(where, config, Quarters.ANYHOW, output);
                Telling telling = new Telling(output)) {
            output.line("Home       %s", where.root());
            output.line("Router     %s, TLS by its own authority", server.url());
            IsolationOptions.tell(server.enforcement(), output);
            boolean real = data != null;
            result = new Demo(server, where, telling)
                    .run(everyone, BsonDocument.parse(real ? BAY : TOWN), 0, 4e9, epsilon, real && json);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        print(result, seconds, where, output);
        output.result(json(result, seconds, where));
        return ExitStatus.OK;
    }

    private void print(Demo.Result result, double seconds, Home where, Output output) {
        QueryAnswer.@Nullable Cell count = result.count();
        output.line("");
        output.table(
                List.of("person", "entries", "refused", "trips", "sections", "places", "epsilon left"), rows(result));
        output.line("");
        if (count == null) {
            output.line("Nobody was counted: a count takes five people or more, so that no one stands out");
        } else {
            output.line(
                    "People in the area: about %d (95%% sure: %d to %d), from at least %d who took part",
                    count.value(), count.low(), count.high(), result.atLeast());
            output.line(
                    "Price: epsilon %s of each person's 1.0; no one's own answer was seen, stored or shown",
                    result.price());
        }
        if (data != null) {
            output.line(
                    "Every trip, section, stop and place: the same command with --json; croft mobility run FILE --json derives them alone");
        }
        output.line("Took %.0f s. Everything is in %s:", seconds, where.root());
        output.line("  croft capsule verify %s", where.router().resolve("clouds/*/*"));
        output.line("  croft up --home %s        serves it again", where.root());
        output.line(
                "  croft budget show --home %s --key %s",
                where.root(), where.keys().resolve(result.people().getFirst().person() + ".key"));
    }

    private static List<List<String>> rows(Demo.Result result) {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < result.people().size(); i++) {
            Demo.Told told = result.people().get(i);
            rows.add(List.of(
                    told.person(),
                    Long.toString(told.entries()),
                    Long.toString(told.refused()),
                    Long.toString(told.trips()),
                    Long.toString(told.sections()),
                    Long.toString(told.places()),
                    result.left().get(i).stripTrailingZeros().toPlainString()));
        }
        return rows;
    }

    private static Map<String, Object> json(Demo.Result result, double seconds, Home where) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("home", where.root().toString());
        json.put("seconds", seconds);
        json.put("people", result.people());
        json.put("count", result.count());
        json.put("participants_at_least", result.atLeast());
        json.put("epsilon", result.price());
        json.put("epsilon_left", result.left());
        return json;
    }

    private List<Person> madeUp() {
        TraceOptions standard = TraceOptions.STANDARD;
        TraceGenerator generator;
        try {
            generator = new TraceGenerator(new TraceOptions(
                    seed,
                    people,
                    days,
                    standard.firstDay(),
                    standard.zone(),
                    standard.latitude(),
                    standard.longitude()));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, String.valueOf(e.getMessage()), e);
        }
        List<Person> everyone = new ArrayList<>();
        for (int person = 0; person < people; person++) {
            int number = person;
            everyone.add(new Person(generator.name(person), () -> lines(generator.person(number))));
        }
        return everyone;
    }

    private static byte[] lines(List<BsonDocument> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Writer lines = new OutputStreamWriter(new GZIPOutputStream(bytes), StandardCharsets.UTF_8)) {
            for (BsonDocument entry : entries) {
                lines.write(EntryJson.write(entry));
                lines.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static List<Person> fromFiles(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().matches(".*\\.jsonl?(\\.gz)?"))
                    .sorted()
                    .toList();
        }
        if (files.isEmpty()) {
            throw new CommandException(ExitStatus.INPUT, directory + " holds no .json, .jsonl or .gz file");
        }
        return files.stream()
                .map(file -> new Person(personName(file), () -> bytes(file)))
                .toList();
    }

    private static String personName(Path file) {
        String name = file.getFileName().toString().replaceFirst("\\.jsonl?(\\.gz)?$", "");
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    /** Says steps as lines, with a bar on a terminal. */
    private static final class Telling implements Demo.Story, AutoCloseable {
        private final Output output;
        private @Nullable Progress progress;

        Telling(Output output) {
            this.output = output;
        }

        @Override
        public synchronized void step(String what, int parts) {
            close();
            output.line("%s ...", what);
            output.out().flush();
            progress = Progress.of(output, what, parts);
        }

        @Override
        public synchronized void part() {
            if (progress != null) {
                progress.step();
            }
        }

        @Override
        public synchronized void say(String line) {
            close();
            output.line("  %s", line);
            output.out().flush();
        }

        @Override
        public synchronized void close() {
            if (progress != null) {
                progress.close();
                progress = null;
            }
        }
    }
}
