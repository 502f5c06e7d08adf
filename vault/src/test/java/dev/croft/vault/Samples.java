package dev.croft.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.ServiceDigest;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.Find;
import dev.croft.vault.spi.Computation;
import dev.croft.vault.spi.DocumentReader;
import dev.croft.vault.spi.EntryFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bson.BsonDocument;

/** A computation, a format and grants for tests. */
final class Samples {
    static final String PROGRAM = "sha256:" + "5a".repeat(32);
    static final List<String> COMMAND = List.of("/app/run", "--all");
    static final String DIGEST = ServiceDigest.of(PROGRAM, COMMAND);

    private Samples() {}

    /** Counts entries within {@code from} and {@code to}, at most 100 of one person; {@code fail} makes it fail. */
    static final class Entries implements Computation {
        final AtomicInteger runs = new AtomicInteger();

        @Override
        public String name() {
            return "entries";
        }

        @Override
        public String digest() {
            return DIGEST;
        }

        @Override
        public Prepared prepare(BsonDocument params) {
            if (!params.isNumber("from") || !params.isNumber("to")) {
                throw new IllegalArgumentException("from and to are numbers");
            }
            var span = new Span(
                    params.getNumber("from").doubleValue(),
                    params.getNumber("to").doubleValue());
            boolean fails = params.containsKey("fail");
            return new Prepared() {
                @Override
                public Span span() {
                    return span;
                }

                @Override
                public Set<String> collections() {
                    return Set.of("entries");
                }

                @Override
                public long sensitivity() {
                    return 100;
                }

                @Override
                public long run(DocumentReader reader) {
                    runs.incrementAndGet();
                    if (fails) {
                        throw new IllegalStateException("the computation fails");
                    }
                    long[] count = {0};
                    reader.forEach(Find.in("entries"), document -> count[0]++);
                    return count[0];
                }
            };
        }
    }

    /** One document in each line, keyed by its {@code k}; a line that is none is refused. */
    static final class Lines implements EntryFormat {
        @Override
        public String name() {
            return "lines";
        }

        @Override
        public void read(InputStream entries, Sink sink) throws IOException {
            var reader = new BufferedReader(new InputStreamReader(entries, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                try {
                    BsonDocument entry = Json.mapper().readValue(line, BsonDocument.class);
                    if (entry.isString("k")) {
                        sink.accept(entry, "entries", entry.getString("k").getValue());
                    } else {
                        sink.refuse("no key", line);
                    }
                } catch (JsonProcessingException e) {
                    sink.refuse("not JSON", line);
                }
            }
        }
    }

    static byte[] lines(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "{\"k\":\"key" + i + "\",\"metadata\":{\"key\":\"background/location\",\"write_ts\":" + i
                        + "},\"data\":{\"ts\":" + i + ".5,\"loc\":{\"type\":\"Point\",\"coordinates\":[" + i % 90
                        + ".0,1.0]},\"secret\":" + i + "}}")
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    static BsonDocument json(String json) {
        return Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), BsonDocument.class);
    }

    static Query.Request question(String epsilon) {
        return new Query.Request(
                "entries",
                json("{'from': 0, 'to': 1000}"),
                Epsilon.parse(epsilon),
                Instant.now().plus(Duration.ofMinutes(10)));
    }

    static Holder.KeyHolder holder(SigningKey key) {
        return new Holder.KeyHolder(Base64Url.encode(key.verifyingKey().encoded()));
    }

    /** A grant for all of {@code entries} for a day. */
    static Grant grant(String id, String cloud, Holder holder, String... operations) {
        return new Grant(
                id,
                cloud,
                holder,
                Set.of("entries"),
                null,
                null,
                Set.copyOf(List.of(operations)),
                Epsilon.parse("1"),
                Instant.now().minus(Duration.ofMinutes(1)),
                Instant.now().plus(Duration.ofDays(1)),
                "");
    }
}
