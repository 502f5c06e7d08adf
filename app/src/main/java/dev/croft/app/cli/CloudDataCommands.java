package dev.croft.app.cli;

import dev.croft.mobility.entry.EntryJson;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.Launch;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import dev.croft.vault.api.UploadReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.json.JsonParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The parts of {@code croft data} that reach into a private cloud. */
final class CloudDataCommands {
    private CloudDataCommands() {}

    /** {@code croft data upload}. */
    @Command(name = "upload", description = "Upload entries; those that are there already are left as they are.")
    static final class Upload extends CloudCommand.Owned {
        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description = "Entries in phone or long-term format, plain or gzip.")
        List<Path> files = List.of();

        @Option(
                names = "--part-size",
                paramLabel = "MIB",
                defaultValue = "16",
                description =
                        "Send larger files in parts of so much JSON, gzip, one after the other (default: ${DEFAULT-VALUE}).")
        int partSize;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (partSize < 1 || partSize > 128) {
                throw new CommandException(ExitStatus.USAGE, "--part-size lies between 1 and 128");
            }
            long bytes = 0;
            for (Path file : files) {
                if (!Files.isRegularFile(file)) {
                    throw new NoSuchFileException(file.toString());
                }
                bytes += Files.size(file);
            }
            CloudClient cloud = owner.cloud();
            Map<String, UploadReport> reports = new LinkedHashMap<>();
            try (Progress progress = Progress.of(output, "Uploading", bytes)) {
                for (Path file : files) {
                    UploadReport report = new PartedUpload(cloud, (long) partSize << 20, progress).of(file);
                    reports.put(file.toString(), report);
                    output.line(
                            "%s: %d taken, %d already there, %d refused",
                            file, report.taken(), report.alreadyThere(), report.refused());
                    report.reasons().forEach((reason, count) -> output.line("  %8d refused: %s", count, reason));
                    report.examples().stream()
                            .filter(example -> example.reason().startsWith("entry "))
                            .forEach(example -> output.line("           %s", example.reason()));
                }
            }
            output.result(reports);
            boolean none = reports.values().stream().allMatch(report -> report.taken() + report.alreadyThere() == 0);
            return none ? ExitStatus.INPUT : ExitStatus.OK;
        }
    }

    /** {@code croft data find}. */
    @Command(name = "find", description = "Print documents as JSON lines; with --json as one array.")
    static final class Find extends CloudCommand.Owned {
        @Option(
                names = "--collection",
                defaultValue = "entries",
                description = "Collection (default: ${DEFAULT-VALUE}).")
        String collection = "entries";

        @Option(names = "--filter", defaultValue = "{}", description = "MongoDB filter (default: all).")
        String filter = "{}";

        @Option(names = "--sort", description = "MongoDB sort.")
        @Nullable
        String sort;

        @Option(names = "--limit", description = "Most documents; 0 means all.")
        @Nullable
        Integer limit;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!collection.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
                throw new CommandException(
                        ExitStatus.USAGE, "a collection's name is of letters, digits, _ . and -, at most 64");
            }
            CloudClient cloud = owner.cloud();
            Documents.Find find =
                    new Documents.Find(json(filter), null, sort == null ? null : json(sort), null, limit, null);
            Documents.Page page = cloud.find(collection, find);
            try (JsonLines lines = new JsonLines(output)) {
                while (true) {
                    page.documents().forEach(document -> lines.add(EntryJson.write(document)));
                    if (page.cursor() == null) {
                        return ExitStatus.OK;
                    }
                    page = cloud.next(page.cursor());
                }
            }
        }
    }

    /** {@code croft data forget}. */
    @Command(
            name = "forget",
            description =
                    "Delete raw entries by time, place or key; what was derived from them is derived anew from what is left.")
    static final class Forget extends CloudCommand.Owned {
        @Option(names = "--from", description = "From this time on, epoch seconds.")
        @Nullable
        Double from;

        @Option(names = "--to", description = "Before this time, epoch seconds.")
        @Nullable
        Double to;

        @Option(names = "--region", paramLabel = "FILE", description = "In this GeoJSON area.")
        @Nullable
        Path region;

        @Option(names = "--entry-key", description = "Entries of this key, such as background/location.")
        @Nullable
        List<String> keys;

        @Option(
                names = "--shred",
                description =
                        "Also make the old bytes unreadable, for whoever has the key too; writes all that is left once more.")
        boolean shred;

        @Option(names = "--no-wait", description = "Do not wait until the results are derived anew.")
        boolean noWait;

        /** What came of it: {@code launches} derive anew what the entries had a part in. */
        record Result(Documents.Forgotten forgotten, List<Launch> launches) {}

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            Span time = null;
            if (from != null || to != null) {
                time = span(from == null ? -1e15 : from, to == null ? 1e15 : to);
            }
            BsonDocument place = region == null ? null : QueryCommand.Question.geoJson(region);
            if (time == null && place == null && keys == null) {
                throw new CommandException(ExitStatus.USAGE, "name a time, a place or a key");
            }
            Documents.Forget what =
                    new Documents.Forget(time, place, keys == null ? null : new ArrayList<>(keys), shred);
            try (RouterClient router = owner.router()) {
                Set<String> before = ids(router.launches(owner.cloudId()));
                Documents.Forgotten forgotten =
                        router.pm(owner.cloudId()).as(Signer.owner(owner.key())).forget(what);
                output.line(
                        "%d entries deleted, %d derived documents %s",
                        forgotten.deleted(), forgotten.marked(), shred ? "deleted with them" : "hidden");
                List<Launch> launches = router.launches(owner.cloudId()).stream()
                        .filter(launch -> !before.contains(launch.id()))
                        .toList();
                if (launches.isEmpty() && (forgotten.span() != null || shred)) {
                    output.line("no grant in force lets a service derive anew: grant and launch the pipeline");
                }
                ExitStatus status = ExitStatus.OK;
                List<Launch> ended = new ArrayList<>();
                for (Launch launch : launches) {
                    Launch now = noWait ? launch : ServiceCommand.await(router, launch);
                    output.line(
                            "launch %s of %s is %s",
                            now.id(), now.service(), now.state().name().toLowerCase(Locale.ROOT));
                    ended.add(now);
                    if (now.state().isFinal() && now.state() != Launch.State.DONE) {
                        status = ExitStatus.UNAVAILABLE;
                    }
                }
                output.result(new Result(forgotten, ended));
                return status;
            }
        }

        private static Set<String> ids(List<Launch> launches) {
            return launches.stream().map(Launch::id).collect(Collectors.toSet());
        }
    }

    private static Span span(double from, double to) {
        if (from >= to) {
            throw new CommandException(ExitStatus.USAGE, "--from must be before --to");
        }
        return new Span(from, to);
    }

    private static BsonDocument json(String text) {
        try {
            return BsonDocument.parse(text);
        } catch (JsonParseException | BsonInvalidOperationException e) {
            throw new CommandException(ExitStatus.USAGE, "a filter or sort is no JSON object", e);
        }
    }
}
