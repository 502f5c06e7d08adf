package dev.croft.vault.documents.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import dev.croft.vault.documents.DocumentException;
import dev.croft.vault.documents.DocumentException.BadQuery;
import dev.croft.vault.documents.Values;
import dev.croft.vault.documents.update.Update;
import java.time.Duration;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
    /** The collections and results are those of the examples in MongoDB's manual. */
    private static final List<BsonDocument> INVENTORY = List.of(
            doc("{item: 'journal', qty: 25, tags: ['blank', 'red'], dim_cm: [14, 21]}"),
            doc("{item: 'notebook', qty: 50, tags: ['red', 'blank'], dim_cm: [14, 21]}"),
            doc("{item: 'paper', qty: 100, tags: ['red', 'blank', 'plain'], dim_cm: [14, 21]}"),
            doc("{item: 'planner', qty: 75, tags: ['blank', 'red'], dim_cm: [22.85, 30]}"),
            doc("{item: 'postcard', qty: 45, tags: ['blue'], dim_cm: [10, 15.25]}"));

    private static final List<BsonDocument> STOCKED = List.of(
            doc("{item: 'journal', instock: [{warehouse: 'A', qty: 5}, {warehouse: 'C', qty: 15}]}"),
            doc("{item: 'notebook', instock: [{warehouse: 'C', qty: 5}]}"),
            doc("{item: 'paper', instock: [{warehouse: 'A', qty: 60}, {warehouse: 'B', qty: 15}]}"),
            doc("{item: 'planner', instock: [{warehouse: 'A', qty: 40}, {warehouse: 'B', qty: 5}]}"),
            doc("{item: 'postcard', instock: [{warehouse: 'B', qty: 15}, {warehouse: 'C', qty: 35}]}"));

    private static BsonDocument doc(String json) {
        return BsonDocument.parse(json);
    }

    private static String items(List<BsonDocument> documents, String filter) {
        Filter parsed = Filter.parse(doc(filter));
        return String.join(
                " ",
                documents.stream()
                        .filter(parsed::matches)
                        .map(one -> one.getString("item").getValue())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{tags: ['red', 'blank']} | notebook",
                "{tags: {$all: ['red', 'blank']}} | journal notebook paper planner",
                "{tags: 'red'} | journal notebook paper planner",
                "{dim_cm: {$gt: 25}} | planner",
                "{dim_cm: {$gt: 15, $lt: 20}} | journal notebook paper postcard",
                "{dim_cm: {$elemMatch: {$gt: 22, $lt: 30}}} | planner",
                "{'dim_cm.1': {$gt: 25}} | planner",
                "{tags: {$size: 3}} | paper",
                "{qty: {$not: {$gt: 45}}} | journal postcard",
                "{qty: {$in: [25, 75.0]}, item: /^j/} | journal",
                "{item: {$regex: '^P', $options: 'i'}} | paper planner postcard",
                "{$nor: [{qty: {$lt: 50}}, {tags: 'plain'}]} | notebook planner",
                "{tags: {$ne: 'red'}} | postcard",
                "{tags: {$nin: ['blue', 'plain']}} | journal notebook planner",
                "{tags: {$type: 'array'}, qty: {$type: ['string', 'number']}} | journal notebook paper planner postcard",
                "{none: {$exists: false}, none: null} | journal notebook paper planner postcard",
                "{tags: {$all: [{$elemMatch: {$regex: '^pl'}}]}} | paper",
            })
    void arraysAsInTheManual(String filter, String expected) {
        assertThat(items(INVENTORY, filter)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{instock: {warehouse: 'A', qty: 5}} | journal",
                "{instock: {qty: 5, warehouse: 'A'}} | ~~",
                "{'instock.qty': {$lte: 20}} | journal notebook paper planner postcard",
                "{'instock.0.qty': {$lte: 20}} | journal notebook postcard",
                "{instock: {$elemMatch: {qty: 5, warehouse: 'A'}}} | journal",
                "{instock: {$elemMatch: {qty: {$gt: 10, $lte: 20}}}} | journal paper postcard",
                "{'instock.qty': {$gt: 10, $lte: 20}} | journal paper planner postcard",
                "{'instock.qty': 5, 'instock.warehouse': 'A'} | journal planner",
            })
    void arraysOfDocumentsAsInTheManual(String filter, String expected) {
        assertThat(items(STOCKED, filter)).isEqualTo(expected);
    }

    @Test
    void nullIsMissingButNotAnEmptyArray() {
        Filter none = Filter.parse(doc("{'a.b': null}"));
        assertThat(none.matches(doc("{}"))).isTrue();
        assertThat(none.matches(doc("{a: 5}"))).isTrue();
        assertThat(none.matches(doc("{a: [{c: 1}]}"))).isTrue();
        assertThat(none.matches(doc("{a: []}"))).isFalse();
        assertThat(none.matches(doc("{a: [1, 2]}"))).isFalse();
    }

    @Test
    void typesAreNotMixedByOrderButNumbersAreOne() {
        assertThat(Filter.parse(doc("{a: {$lt: 5}}")).matches(doc("{a: '1'}"))).isFalse();
        assertThat(Filter.parse(doc("{a: {$lt: 5}}")).matches(doc("{a: {$numberDecimal: '4.99'}}")))
                .isTrue();
        assertThat(Filter.parse(doc("{a: 9007199254740993}")).matches(doc("{a: 9007199254740992.0}")))
                .isFalse();
        assertThat(Filter.parse(doc("{a: {$gte: NaN}}")).matches(doc("{a: NaN}")))
                .isTrue();
        assertThat(Filter.parse(doc("{a: {$lt: 5}}")).matches(doc("{a: NaN}"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{$where: 'x'}",
                "{a: {$mod: [2, 0]}}",
                "{$expr: {}}",
                "{a: {$gt: 1, $foo: 2}}",
                "{$text: {}}",
                "{a: {$elemMatch: {$bar: 1}}}",
                "{a: {$not: {$baz: 1}}}",
                "{a: {$geoWithin: {$center: [[0, 0], 1]}}}",
                "{a: {$all: [{$elemMatch: {$q: 1}}]}}",
                "{a: {$nearSphere: [0, 0]}}"
            })
    void anUnknownOperatorIsRefusedByName(String filter) {
        assertThatThrownBy(() -> Filter.parse(doc(filter))).isInstanceOfSatisfying(BadQuery.class, e -> {
            assertThat(e.subject()).startsWith("$");
            assertThat(filter).contains(e.subject());
            assertThat(e).hasMessageContaining("unknown operator " + e.subject());
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{$and: []}",
                "{$or: 1}",
                "{a: {$in: 1}}",
                "{a: {$size: -1}}",
                "{a: {$size: 1.5}}",
                "{a: {$type: 'nope'}}",
                "{a: {$regex: '('}}",
                "{a: {$regex: '(?=x)'}}",
                "{a: {$regex: '(a)\\\\1'}}",
                "{a: {$regex: 'a', $options: 'x'}}",
                "{a: {$options: 'i'}}",
                "{a: {$not: 1}}",
                "{'a..b': 1}",
                "{'': 1}",
                "{a: {$near: [0]}}",
                "{$or: [{a: {$near: [0, 0]}}]}",
                "{a: {$maxDistance: 1}}",
                "{a: {$near: [0, 0]}, b: {$near: [0, 0]}}",
                "{a: {$geoWithin: {$box: [[0, 0]]}}}",
                "{a: {$geoWithin: {$geometry: {type: 'Polygon', coordinates: [[[0, 0], [1, 1], [1, 0], [0, 1]]]}}}}",
                "{a: {$geoWithin: {$geometry: {type: 'Point', coordinates: [0, 0]}}}}",
                "{a: {$gt: /x/}}",
                "{a: {$in: [{$gt: 1}]}}"
            })
    void aMalformedFilterIsRefused(String filter) {
        assertThatThrownBy(() -> Filter.parse(doc(filter))).isInstanceOf(BadQuery.class);
    }

    @Test
    void depthAndSizeAreBounded() {
        BsonDocument deep = new BsonDocument("a", new BsonInt32(1));
        for (int i = 0; i < 100_000; i++) {
            deep = new BsonDocument("$nor", new BsonArray(List.of(deep)));
        }
        BsonDocument nested = deep;
        assertThatThrownBy(() -> Filter.parse(nested)).isInstanceOf(BadQuery.class);
        BsonValue literal = new BsonInt32(1);
        for (int i = 0; i < 100_000; i++) {
            literal = new BsonArray(List.of(literal));
        }
        BsonDocument equal = new BsonDocument("a", literal);
        assertThatThrownBy(() -> Filter.parse(equal)).isInstanceOf(BadQuery.class);
        BsonArray many = new BsonArray();
        for (int i = 0; i < 30_000; i++) {
            many.add(new BsonInt32(i));
        }
        assertThatThrownBy(() -> Filter.parse(new BsonDocument("a", new BsonDocument("$in", many))))
                .isInstanceOf(BadQuery.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$"})
    void noRegularExpressionHangs(String pattern) {
        Filter filter = Filter.parse(new BsonDocument("a", new BsonRegularExpression(pattern)));
        BsonDocument document = new BsonDocument("a", new BsonString("a".repeat(10_000) + "!"));
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            try {
                filter.matches(document);
            } catch (DocumentException.LimitReached _) {
                // Refusing is as good as answering.
            }
        });
        assertThatThrownBy(() -> Filter.parse(doc("{a: {$regex: '((a{1,100}){1,100}){1,100}'}}")))
                .isInstanceOf(BadQuery.class);
    }

    @Test
    void insideAnAreaOrNot() {
        String ring = "[[-122.3, 37.7], [-122.2, 37.7], [-122.2, 37.9], [-122.3, 37.9], [-122.3, 37.7]]";
        String hole = "[[-122.26, 37.79], [-122.24, 37.79], [-122.24, 37.81], [-122.26, 37.81], [-122.26, 37.79]]";
        Filter within = Filter.parse(doc(
                "{loc: {$geoWithin: {$geometry: {type: 'Polygon', coordinates: [%s, %s]}}}}".formatted(ring, hole)));
        assertThat(within.matches(doc("{loc: {type: 'Point', coordinates: [-122.29, 37.75]}}")))
                .isTrue();
        assertThat(within.matches(doc("{loc: [-122.21, 37.89]}"))).isTrue();
        assertThat(within.matches(doc("{loc: {lng: -122.21, lat: 37.89}}"))).isTrue();
        assertThat(within.matches(doc("{loc: [-122.25, 37.80]}"))).isFalse();
        assertThat(within.matches(doc("{loc: [-122.31, 37.8]}"))).isFalse();
        assertThat(within.matches(doc("{loc: [57.75, -37.75]}"))).isFalse();
        assertThat(within.matches(doc("{loc: 'nowhere'}"))).isFalse();
        assertThat(within.matches(
                        doc("{loc: {type: 'LineString', coordinates: [[-122.29, 37.71], [-122.21, 37.71]]}}")))
                .isTrue();
        assertThat(within.matches(doc("{loc: {type: 'LineString', coordinates: [[-122.29, 37.8], [-122.21, 37.8]]}}")))
                .isFalse();
        Filter either = Filter.parse(doc(
                "{loc: {$geoWithin: {$geometry: {type: 'MultiPolygon', coordinates: [[%s], [[[0, 0], [1, 0], [0, 1], [0, 0]]]]}}}}"
                        .formatted(ring)));
        assertThat(either.matches(doc("{loc: [0.2, 0.2]}"))).isTrue();
        assertThat(either.matches(doc("{loc: [0.7, 0.7]}"))).isFalse();
        assertThat(Filter.parse(doc("{loc: {$geoWithin: {$box: [[0, 0], [2, 1]]}}}"))
                        .matches(doc("{loc: [2, 1]}")))
                .isTrue();
        assertThat(Filter.parse(doc("{loc: {$geoWithin: {$polygon: [[0, 0], [2, 0], [0, 2]]}}}"))
                        .matches(doc("{loc: [1.5, 1]}")))
                .isFalse();
    }

    @Test
    void edgesAreGreatCircles() {
        // Between these corners at 60 degrees north the great circle climbs above 70 degrees.
        Filter within = Filter.parse(
                doc(
                        "{p: {$geoWithin: {$geometry: {type: 'Polygon', coordinates: [[[-60, 60], [60, 60], [60, 50], [-60, 50], [-60, 60]]]}}}}"));
        assertThat(within.matches(doc("{p: [0, 70]}"))).isTrue();
        assertThat(within.matches(doc("{p: [0, 75]}"))).isFalse();
        // A ring across the date line.
        Filter across = Filter.parse(
                doc(
                        "{p: {$geoWithin: {$geometry: {type: 'Polygon', coordinates: [[[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]]}}}}"));
        assertThat(across.matches(doc("{p: [179, 0]}"))).isTrue();
        assertThat(across.matches(doc("{p: [-179, 0]}"))).isTrue();
        assertThat(across.matches(doc("{p: [0, 0]}"))).isFalse();
    }

    @Test
    void nearIsADistanceInMetresOrInTheirUnits() {
        Filter near = Filter.parse(
                doc(
                        "{p: {$near: {$geometry: {type: 'Point', coordinates: [0, 0]}, $maxDistance: 112000, $minDistance: 1000}}}"));
        assertThat(near.matches(doc("{p: [1, 0]}"))).isTrue();
        assertThat(near.matches(doc("{p: [0, 0]}"))).isFalse();
        assertThat(near.matches(doc("{p: [1.1, 0]}"))).isFalse();
        assertThat(near.matches(doc("{}"))).isFalse();
        assertThat(near.near().orElseThrow().distance(doc("{p: [[3, 4], [0, 1]]}")))
                .isBetween(111_300.0, 111_330.0);
        Filter planar = Filter.parse(doc("{p: {$near: [0, 0], $maxDistance: 5}}"));
        assertThat(planar.matches(doc("{p: [3, 4]}"))).isTrue();
        assertThat(planar.matches(doc("{p: [3, 4.1]}"))).isFalse();
    }

    @Test
    void garbageIsRefusedAndNothingElseHappens() {
        List<String> operators = List.of(
                "$eq",
                "$in",
                "$and",
                "$or",
                "$not",
                "$regex",
                "$options",
                "$elemMatch",
                "$all",
                "$size",
                "$geoWithin",
                "$geometry",
                "$box",
                "$polygon",
                "$near",
                "$maxDistance",
                "$type",
                "$exists",
                "$nope",
                "a",
                "a.b",
                "",
                ".",
                "type",
                "coordinates");
        Property.forAll(9, 20_000, choices -> garbage(choices, operators, 4), garbage -> {
            BsonDocument document = new BsonDocument("a", garbage);
            quietly(() -> Filter.parse(garbage).matches(document));
            quietly(() -> Projection.parse(garbage).apply(document));
            quietly(() -> Sort.parse(garbage).place(document, new byte[0]));
            quietly(() -> Update.parse(garbage).apply(document));
        });
    }

    private static void quietly(Runnable work) {
        try {
            work.run();
        } catch (DocumentException _) {
            // The documented set.
        }
    }

    private static BsonDocument garbage(Choices choices, List<String> names, int depth) {
        BsonDocument document = new BsonDocument();
        int size = choices.between(1, 2);
        for (int i = 0; i < size; i++) {
            BsonValue value =
                    depth > 0 && choices.chance(60) ? garbage(choices, names, depth - 1) : Values.any(choices, 2);
            document.put(choices.oneOf(names), choices.chance(20) ? new BsonArray(List.of(value, value)) : value);
        }
        return document;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{a: 1, 'c.d': 1} | {_id: 1, a: 1, c: {d: 2}}",
                "{_id: 0, c: {e: 1}} | {c: {e: [{f: 1, g: 2}, 3]}}",
                "{'c.e.f': 1, _id: 0} | {c: {e: [{f: 1}]}}",
                "{'c.e.f': 0, a: 0} | {_id: 1, c: {d: 2, e: [{g: 2}, 3]}}",
                "{_id: 0} | {a: 1, c: {d: 2, e: [{f: 1, g: 2}, 3]}}",
                "{_id: 1} | {_id: 1}",
                "{zzz: 1} | {_id: 1}",
                "{} | {_id: 1, a: 1, c: {d: 2, e: [{f: 1, g: 2}, 3]}}",
            })
    void projections(String projection, String expected) {
        assertThat(Projection.parse(doc(projection)).apply(doc("{_id: 1, a: 1, c: {d: 2, e: [{f: 1, g: 2}, 3]}}")))
                .isEqualTo(doc(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{a: 1, b: 0}", "{a: 1, 'a.b': 1}", "{a: 'x'}", "{a: {$slice: 1}}", "{'a..b': 1}", "{$x: 1}"})
    void badProjectionsAreRefused(String projection) {
        assertThatThrownBy(() -> Projection.parse(doc(projection))).isInstanceOf(BadQuery.class);
    }
}
