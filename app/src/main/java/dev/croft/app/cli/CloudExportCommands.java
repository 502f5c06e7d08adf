package dev.croft.app.cli;

import dev.croft.app.cli.ExportFolder.Entry;
import dev.croft.app.cli.ExportFolder.Manifest;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Listing;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.Signer;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code croft cloud export} and what {@code croft cloud import} makes of such a folder: plain files, which any program reads. */
final class CloudExportCommands {
    private static final String COLLECTIONS = "collections/";
    private static final String LINES = ".jsonl";
    private static final int LISTED = 1000;
    private static final int BATCH = 1000;
    private static final int BATCH_TEXT = 4 << 20;
    /** What a private cloud keeps for work of its own that is under way. */
    private static final List<String> INNER = List.of("shredding");

    /** Canonical, so that numbers keep their types; mongoimport reads it. */
    private static final JsonWriterSettings TYPED =
            JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

    private CloudExportCommands() {}

    /** {@code croft cloud export}. */
    @Command(
            name = "export",
            description = {
                "Write a private cloud into a folder of plain files: documents as MongoDB extended JSON, one file of lines for each collection;"
                        + " grants, budget and audit as JSON; a signed manifest with digests.",
                "Nothing in it is encrypted. 'croft cloud import' takes it, at any Croft; 'croft cloud backup' is for the private cloud as it is."
            })
    static final class Export extends CloudCommand.Owned {
        @Parameters(
                paramLabel = "DIR",
                description =
                        "The folder: a new one, an empty one, or an earlier export of the same private cloud, which is replaced.")
        Path folder;

        @Override
        ExitStatus run(Output output) throws IOException {
            CloudClient cloud = owner.cloud();
            List<Documents.Collection> collections = cloud.collections().stream()
                    .filter(collection -> !INNER.contains(collection.name()))
                    .toList();
            long documents = collections.stream()
                    .mapToLong(collection -> collection.documents() == null ? 0 : collection.documents())
                    .sum();
            var writer = new ExportFolder.Writer(folder, owner.key().cloudId());
            try (Progress progress = Progress.of(output, "Exporting", documents)) {
                for (Documents.Collection collection : collections) {
                    writer.file(
                            COLLECTIONS + collection.name() + LINES,
                            out -> documents(cloud, collection.name(), out, progress));
                }
                writer.file("grants.json", out -> array(cloud.grants(), out));
                writer.file(ExportFolder.BUDGET, out -> {
                    BudgetStatus budget = cloud.budget();
                    out.write(Json.write(budget));
                    return budget.blocks().size();
                });
                writer.file("budget-history" + LINES, out -> listing(cloud::budgetHistory, out));
                writer.file("audit" + LINES, out -> listing(cloud::audit, out));
            }
            Manifest manifest = writer.sign(owner.key());
            output.table(
                    List.of("file", "records", "bytes"),
                    manifest.files().stream()
                            .map(file ->
                                    List.of(file.name(), Long.toString(file.records()), Long.toString(file.bytes())))
                            .toList());
            output.result(manifest);
            return ExitStatus.OK;
        }

        /** All of a collection as it is at one moment. */
        private static long documents(CloudClient cloud, String collection, OutputStream out, Progress progress)
                throws IOException {
            long count = 0;
            Documents.Page page = cloud.find(collection, Documents.Find.all(new BsonDocument()));
            while (true) {
                for (BsonDocument document : page.documents()) {
                    line(document.toJson(TYPED).getBytes(StandardCharsets.UTF_8), out);
                }
                count += page.documents().size();
                progress.step(page.documents().size());
                if (page.cursor() == null) {
                    return count;
                }
                page = cloud.next(page.cursor());
            }
        }

        private interface Pages {
            Listing<?> from(long from, int limit);
        }

        private static long listing(Pages pages, OutputStream out) throws IOException {
            long from = 0;
            while (true) {
                Listing<?> listing = pages.from(from, LISTED);
                for (Object item : listing.items()) {
                    line(Json.write(item), out);
                }
                if (listing.next() >= listing.end() || listing.next() == from) {
                    return listing.next();
                }
                from = listing.next();
            }
        }

        private static long array(List<?> items, OutputStream out) throws IOException {
            out.write(Json.write(items));
            return items.size();
        }

        private static void line(byte[] json, OutputStream out) throws IOException {
            out.write(json);
            out.write('\n');
        }
    }

    /** A batch of documents on its way into a private cloud. */
    private static final class Batch {
        private final CloudClient cloud;
        private final String collection;
        private final List<BsonDocument> documents = new ArrayList<>();
        private long text;
        private long taken;
        private long there;

        Batch(CloudClient cloud, String collection) {
            this.cloud = cloud;
            this.collection = collection;
        }

        void add(String line) {
            documents.add(Json.read(line.getBytes(StandardCharsets.UTF_8), BsonDocument.class));
            text += line.length();
            if (documents.size() >= BATCH || text >= BATCH_TEXT) {
                flush();
            }
        }

        void flush() {
            if (documents.isEmpty()) {
                return;
            }
            Documents.Inserted inserted = cloud.insert(collection, documents);
            if (!inserted.refused().isEmpty()) {
                Documents.Rejection first = inserted.refused().getFirst();
                throw new CommandException(
                        ExitStatus.INPUT,
                        COLLECTIONS + collection + LINES + ": a document is refused: " + first.reason());
            }
            taken += inserted.taken();
            there += inserted.alreadyThere();
            documents.clear();
            text = 0;
        }
    }

    /** What an import did to a collection. */
    record Taken(String collection, long taken, long alreadyThere) {}

    /**
     * Takes an export into the private cloud of {@code key}, which is made if this Croft has none, with the
     * export's budget policy; where the export is another's, only when that is wanted. First the budget: what was spent there is spent
     * here before the first document can be asked. Again, it goes on where it broke off.
     */
    static ExitStatus take(
            Path folder,
            OwnerOptions owner,
            @Nullable Replicas replicas,
            boolean ownProcess,
            boolean yes,
            Output output)
            throws IOException {
        Manifest manifest = ExportFolder.checked(folder);
        BudgetStatus spent = Json.read(Files.readAllBytes(folder.resolve(ExportFolder.BUDGET)), BudgetStatus.class);
        OwnerKey key = owner.key();
        if (!manifest.cloud().equals(key.cloudId()) && !isThere(owner, key)) {
            allowed(manifest, spent.policy(), yes, output);
        }
        List<Taken> done = new ArrayList<>();
        try (RouterClient account = owner.routerOrNew()) {
            if (account.clouds().stream().noneMatch(cloud -> cloud.id().equals(key.cloudId()))) {
                account.createCloud(
                        key.cloudId(),
                        owner.name(),
                        ownProcess ? PrivateCloud.Hosting.OWN_PROCESS : PrivateCloud.Hosting.SHARED);
                account.bringKey(key, spent.policy(), null, replicas == null ? account.replicas() : replicas, false);
            }
            CloudClient cloud = account.pm(key.cloudId()).as(Signer.owner(key));
            cloud.spend(spent);
            long lines = manifest.files().stream()
                    .filter(file -> file.name().startsWith(COLLECTIONS))
                    .mapToLong(Entry::records)
                    .sum();
            try (Progress progress = Progress.of(output, "Importing", lines)) {
                for (Entry file : manifest.files()) {
                    if (file.name().startsWith(COLLECTIONS)) {
                        done.add(collection(folder, file, cloud, progress));
                    }
                }
            }
        }
        output.line("%s holds what %s held on %s", key.cloudId(), manifest.cloud(), manifest.exported());
        output.table(
                List.of("collection", "taken", "there already"),
                done.stream()
                        .map(each -> List.of(
                                each.collection(), Long.toString(each.taken()), Long.toString(each.alreadyThere())))
                        .toList());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("cloud", key.cloudId());
        result.put("from", manifest.cloud());
        result.put("collections", done);
        output.result(result);
        return ExitStatus.OK;
    }

    private static boolean isThere(OwnerOptions owner, OwnerKey key) throws IOException {
        if (!owner.hasAccount()) {
            return false;
        }
        try (RouterClient account = owner.router()) {
            return account.clouds().stream().anyMatch(cloud -> cloud.id().equals(key.cloudId()));
        }
    }

    /** What a private cloud is made with cannot be changed later: who makes it from another's export is told whose and what. */
    private static void allowed(Manifest manifest, BudgetPolicy policy, boolean yes, Output output) {
        String blocks = policy.windowDays() == null ? "all data" : "each " + policy.windowDays() + " days of data";
        String made =
                "the export is of another private cloud, %s, signed by %s; yours would be made with its budget: epsilon %s for %s"
                        .formatted(manifest.cloud(), manifest.ownerKey(), policy.epsilon(), blocks);
        output.line("%s", made);
        if (yes) {
            return;
        }
        Console console = System.console();
        if (!output.terminal() || console == null) {
            throw new CommandException(
                    ExitStatus.USAGE, made + "; say --yes, or make it first with croft cloud create --epsilon");
        }
        output.out().flush();
        String answer = console.readLine("Make it so? [y/N] ");
        if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
            throw new CommandException(ExitStatus.INTERRUPTED, "nothing was made");
        }
    }

    private static Taken collection(Path folder, Entry file, CloudClient cloud, Progress progress) throws IOException {
        String name = file.name().substring(COLLECTIONS.length(), file.name().length() - LINES.length());
        var batch = new Batch(cloud, name);
        try (BufferedReader lines = Files.newBufferedReader(folder.resolve(file.name()))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                batch.add(line);
                progress.step();
            }
            batch.flush();
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.MALFORMED_REQUEST) {
                throw new CommandException(ExitStatus.INPUT, file.name() + ": " + e.getMessage(), e);
            }
            throw e;
        }
        return new Taken(name, batch.taken, batch.there);
    }
}
