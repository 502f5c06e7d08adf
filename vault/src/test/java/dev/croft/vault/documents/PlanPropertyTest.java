package dev.croft.vault.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.NaiveMatcher;
import dev.croft.vault.documents.filter.OrderedBytes;
import dev.croft.vault.documents.filter.Sort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever index answers, the answer is that of looking at every document. */
class PlanPropertyTest {
    private static final Schema SCHEMA = new Schema(Map.of(
            "things", List.of(Index.on("a", "b"), Index.on("b"), Index.on("a.a", "c", "b"), Index.on("c.0", "a"))));

    @TempDir
    Path directory;

    private record Question(BsonDocument filter, BsonDocument sort, int skip, int limit) {}

    private record Case(List<BsonDocument> documents, List<Question> questions) {}

    private static Case generate(Choices choices) {
        List<BsonDocument> documents = new ArrayList<>();
        boolean arrays = choices.chance(50);
        int count = choices.between(0, 25);
        for (int i = 0; i < count; i++) {
            BsonDocument document = new BsonDocument("_id", new BsonInt32(i));
            document.putAll(Values.document(choices, arrays ? 2 : 0));
            documents.add(document);
        }
        List<Question> questions = new ArrayList<>();
        int asked = choices.between(1, 15);
        for (int i = 0; i < asked; i++) {
            BsonDocument sort = new BsonDocument();
            int keys = choices.between(0, 2);
            BsonInt32 direction = new BsonInt32(choices.chance(50) ? 1 : -1);
            for (int k = 0; k < keys; k++) {
                sort.put(choices.chance(20) ? "_id" : Values.path(choices), direction);
            }
            questions.add(new Question(filter(choices, 2), sort, choices.between(0, 3), choices.between(0, 4)));
        }
        return new Case(documents, questions);
    }

    private static BsonDocument filter(Choices choices, int depth) {
        BsonDocument filter = new BsonDocument();
        int parts = choices.between(0, 3);
        for (int i = 0; i < parts; i++) {
            if (depth > 0 && choices.chance(15)) {
                BsonArray several = new BsonArray();
                int count = choices.between(1, 3);
                for (int k = 0; k < count; k++) {
                    several.add(filter(choices, depth - 1));
                }
                filter.put(choices.oneOf(List.of("$and", "$or", "$nor")), several);
            } else if (choices.chance(15)) {
                String path = Values.path(choices);
                filter.put(
                        "$or",
                        new BsonArray(List.of(
                                new BsonDocument(path, value(choices)), new BsonDocument(path, value(choices)))));
            } else {
                filter.put(Values.path(choices), condition(choices, 1));
            }
        }
        return filter;
    }

    private static BsonValue value(Choices choices) {
        BsonValue value = Values.any(choices, 1);
        return value.isRegularExpression() ? new BsonString("a") : value;
    }

    private static BsonValue condition(Choices choices, int depth) {
        if (choices.chance(40)) {
            return Values.any(choices, 1);
        }
        BsonDocument operators = new BsonDocument();
        int count = choices.between(1, 2);
        for (int i = 0; i < count; i++) {
            String operator = choices.oneOf(List.of(
                    "$gt",
                    "$lt",
                    "$gte",
                    "$lte",
                    "$eq",
                    "$ne",
                    "$in",
                    "$nin",
                    "$exists",
                    "$size",
                    "$type",
                    "$all",
                    "$not",
                    "$elemMatch"));
            if (depth == 0 && (operator.equals("$not") || operator.equals("$elemMatch"))) {
                continue;
            }
            operators.put(
                    operator,
                    switch (operator) {
                        case "$in", "$nin", "$all" -> {
                            BsonArray values = new BsonArray();
                            int size = choices.between(0, 3);
                            for (int k = 0; k < size; k++) {
                                values.add(value(choices));
                            }
                            yield values;
                        }
                        case "$exists" -> BsonBoolean.valueOf(choices.chance(50));
                        case "$size" -> new BsonInt32(choices.between(0, 3));
                        case "$type" -> new BsonInt32(choices.between(1, 5));
                        case "$not" -> new BsonDocument(choices.oneOf(List.of("$gt", "$lte", "$eq")), value(choices));
                        case "$elemMatch" ->
                            choices.chance(50)
                                    ? new BsonDocument(choices.oneOf(List.of("$gt", "$lte", "$ne")), value(choices))
                                    : new BsonDocument(choices.oneOf(List.of("a", "b", "0")), condition(choices, 0));
                        default -> value(choices);
                    });
        }
        return operators.isEmpty() ? new BsonInt32(1) : operators;
    }

    @Test
    void everyPlanGivesWhatLookingAtEveryDocumentGives() {
        Set<String> plans = new ConcurrentSkipListSet<>();
        Property.forAll(4, 400, PlanPropertyTest::generate, one -> check(one, plans));
        assertThat(plans)
                .contains("a,b true", "b true", "a.a,c,b true", "c.0,a true", "_id true", " false", "a,b false");
    }

    private void check(Case one, Set<String> plans) {
        Path file;
        try {
            file = Files.createTempDirectory(directory, "case").resolve("view");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (DocumentStore store = DocumentStore.open(
                new MemoryLog(), file, new byte[32], SCHEMA, Limits.STANDARD, InstantSource.system())) {
            store.insert("things", one.documents, ReadScope.ALL);
            for (Question question : one.questions) {
                Filter filter = Filter.parse(question.filter);
                Sort sort = Sort.parse(question.sort);
                Find find = Find.in("things").where(filter).by(sort);
                Explain explain = store.explain(find);
                plans.add(explain.index() + " " + explain.covered());
                List<BsonDocument> expected = new ArrayList<>(one.documents.stream()
                        .filter(document -> NaiveMatcher.matches(question.filter, document))
                        .toList());
                assertThat(store.find(find, ReadScope.ALL))
                        .as("%s by %s", question, explain)
                        .containsExactlyInAnyOrderElementsOf(
                                expected.stream().map(CrashModelTest::raw).toList());
                assertThat(store.count("things", filter, ReadScope.ALL)).isEqualTo(expected.size());
                if (!sort.keys().isEmpty()) {
                    expected.sort((x, y) -> Arrays.compareUnsigned(place(sort, x), place(sort, y)));
                    assertThat(store.find(find.skip(question.skip).limit(question.limit), ReadScope.ALL))
                            .as("%s by %s", question, explain)
                            .isEqualTo(expected.stream()
                                    .skip(question.skip)
                                    .limit(question.limit == 0 ? 1000 : question.limit)
                                    .map(CrashModelTest::raw)
                                    .toList());
                }
            }
        }
    }

    private static byte[] place(Sort sort, BsonDocument document) {
        return sort.place(document, OrderedBytes.of(document.getInt32("_id")));
    }
}
