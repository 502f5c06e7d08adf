package dev.croft.vault.bench;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.documents.CapsuleLog;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.Limits;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.Schema;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.view.Bson;
import dev.croft.vault.store.OpenCapsule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.types.ObjectId;

/** Measures documents of one person: waking up, inserting durably, and finding. */
public final class DocumentBench {
    private static final int BATCH = 500;

    private DocumentBench() {}

    /**
     * What was measured.
     *
     * @param documents how many the person has
     * @param documentBytes BSON size of one
     * @param wakeMillis opening the view of that many and answering a first question by index; median of many
     * @param rebuildMillis the same with the view deleted
     * @param insertsPerSecond documents inserted durably into the data capsule, 500 at a time, from one thread
     * @param findsPerSecond questions for the last ten entries before a time, by index
     * @param scannedPerSecond documents given by a question for a span of time
     * @param filteredPerSecond documents looked at by a question that no index helps
     * @param viewBytesPerDocument size of the view's file
     */
    public record Result(
            int documents,
            int documentBytes,
            double wakeMillis,
            double rebuildMillis,
            double insertsPerSecond,
            double findsPerSecond,
            double scannedPerSecond,
            double filteredPerSecond,
            double viewBytesPerDocument) {}

    /** Runs in an empty directory, for about ten seconds with 5,000 documents. */
    public static Result run(Path directory, int documents) throws Exception {
        SigningKey writer = SigningKey.generate();
        ReaderKey reader = ReaderKey.generate();
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        Path view = directory.resolve("view");
        try (CapsuleWriter capsule = CapsuleWriter.create(
                directory.resolve("data"),
                CapsuleMetadata.create(SigningKey.generate().verifyingKey(), writer.verifyingKey(), "data"),
                writer,
                List.of(reader.publicKey()))) {
            CapsuleLog log = new CapsuleLog(OpenCapsule.alone(directory, capsule));
            double insert;
            double find;
            double scan;
            double filtered;
            try (DocumentStore store = open(log, view, key)) {
                warmUp(store);
                insert = insert(store, documents);
                find = perSecond(
                                2_000,
                                i -> store.find(lastTen(i % documents), ReadScope.ALL)
                                        .size())
                        / 10;
                scan = perSecond(
                        20,
                        _ -> store.find(Find.in(Schema.ENTRIES).where(span(documents)), ReadScope.ALL)
                                .size());
                filtered = documents
                        * perSecond(20, _ -> {
                            store.count(
                                    Schema.ENTRIES,
                                    Filter.parse(new BsonDocument("data.accuracy", new BsonInt32(-1))),
                                    ReadScope.ALL);
                            return 1;
                        });
            }
            double size = (double) Files.size(view) / documents;
            double wake = median(60, () -> wake(log, view, key));
            double rebuild = median(5, () -> {
                Files.delete(view);
                return wake(log, view, key);
            });
            return new Result(documents, entry(0).length, wake, rebuild, insert, find, scan, filtered, size);
        }
    }

    /** Prints the result for 5,000 documents, or as many as the first argument says. */
    public static void main(String[] arguments) throws Exception {
        int documents = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
        System.out.println(run(Files.createTempDirectory("croft-bench"), documents));
    }

    private static DocumentStore open(CapsuleLog log, Path view, byte[] key) {
        return DocumentStore.open(log, view, key, Schema.EMISSION, Limits.STANDARD, InstantSource.system());
    }

    /** Milliseconds to the first answer; closing is not counted. */
    private static double wake(CapsuleLog log, Path view, byte[] key) {
        long start = System.nanoTime();
        try (DocumentStore store = open(log, view, key)) {
            if (store.find(lastTen(1_000), ReadScope.ALL).size() != 10) {
                throw new IllegalStateException("the view does not hold what was inserted");
            }
            return seconds(start) * 1e3;
        }
    }

    private static void warmUp(DocumentStore store) {
        for (int i = 0; i < 20; i++) {
            List<BsonDocument> documents = new ArrayList<>();
            for (int k = 0; k < BATCH; k++) {
                documents.add(document(k));
            }
            store.insert("warm", documents, ReadScope.ALL);
        }
        store.delete("warm", Filter.EVERYTHING, 0, ReadScope.ALL);
    }

    private static double insert(DocumentStore store, int documents) {
        List<BsonDocument> all = new ArrayList<>();
        for (int i = 0; i < documents; i++) {
            all.add(document(i));
        }
        long start = System.nanoTime();
        for (int i = 0; i < documents; i += BATCH) {
            store.insert(Schema.ENTRIES, all.subList(i, Math.min(documents, i + BATCH)), ReadScope.ALL);
        }
        return documents / seconds(start);
    }

    private static Find lastTen(int before) {
        return Find.in(Schema.ENTRIES)
                .where(Filter.parse(new BsonDocument("metadata.key", new BsonString("background/location"))
                        .append(
                                "data.ts",
                                new BsonDocument("$lte", new BsonDouble(1_440_000_000 + Math.max(10, before))))))
                .by(Sort.descending("data.ts"))
                .limit(10);
    }

    private static Filter span(int documents) {
        return Filter.parse(new BsonDocument("metadata.key", new BsonString("background/location"))
                .append(
                        "data.ts",
                        new BsonDocument("$gte", new BsonDouble(1_440_000_000))
                                .append("$lt", new BsonDouble(1_440_000_000 + documents))));
    }

    private static byte[] entry(int i) {
        return Bson.encode(document(i));
    }

    /** A location as the phone's long-term format has it. */
    private static BsonDocument document(int i) {
        double time = 1_440_000_000 + i;
        BsonDocument local = new BsonDocument("year", new BsonInt32(2015))
                .append("month", new BsonInt32(8))
                .append("day", new BsonInt32(27))
                .append("hour", new BsonInt32(i / 3600 % 24))
                .append("minute", new BsonInt32(i / 60 % 60))
                .append("second", new BsonInt32(i % 60))
                .append("weekday", new BsonInt32(3))
                .append("timezone", new BsonString("America/Los_Angeles"));
        return new BsonDocument("_id", new BsonObjectId(new ObjectId()))
                .append("user_id", new BsonString("0763de67-f61e-3f5d-90e7-518e69793954"))
                .append(
                        "metadata",
                        new BsonDocument("key", new BsonString("background/location"))
                                .append("platform", new BsonString("android"))
                                .append("type", new BsonString("sensor-data"))
                                .append("write_ts", new BsonDouble(time + 0.5))
                                .append("time_zone", new BsonString("America/Los_Angeles"))
                                .append("write_fmt_time", new BsonString("2015-08-27T07:00:00-07:00")))
                .append(
                        "data",
                        new BsonDocument("latitude", new BsonDouble(37.39 + i * 1e-5))
                                .append("longitude", new BsonDouble(-122.08))
                                .append("ts", new BsonDouble(time))
                                .append("accuracy", new BsonInt32(i % 50))
                                .append("sensed_speed", new BsonDouble(1.4))
                                .append("filter", new BsonString("time"))
                                .append("local_dt", local)
                                .append("fmt_time", new BsonString("2015-08-27T07:00:00-07:00")));
    }

    private interface Counting {
        int once(int i);
    }

    private static double perSecond(int times, Counting work) {
        for (int i = 0; i < times / 4; i++) {
            work.once(i);
        }
        long start = System.nanoTime();
        long count = 0;
        for (int i = 0; i < times; i++) {
            count += work.once(i);
        }
        return count / seconds(start);
    }

    private interface Work {
        double run() throws Exception;
    }

    private static double median(int times, Work work) throws Exception {
        double[] millis = new double[times];
        for (int i = 0; i < times; i++) {
            millis[i] = work.run();
        }
        Arrays.sort(millis);
        return millis[times / 2];
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
