package dev.croft.vault.documents.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.documents.DocumentException.BadUpdate;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpdateTest {
    private static final String BEFORE =
            "{_id: 1, n: 5, l: {$numberLong: '7'}, d: 1.5, t: 'x', a: [1, 2, 3], s: [{item: 'A', score: 5}, {item: 'B', score: 8}], o: {p: 1}}";

    private static BsonDocument doc(String json) {
        return BsonDocument.parse(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{$set: {n: 6, 'o.q.r': 2, 'a.1': 9, 's.0.score': 1}} | {n: 6, o: {p: 1, q: {r: 2}}, a: [1, 9, 3], s: [{item: 'A', score: 1}, {item: 'B', score: 8}]}",
                "{$set: {'a.4': 5}} | {a: [1, 2, 3, null, 5]}",
                "{$unset: {'o.p': '', 'a.0': '', missing: '', 't.u': ''}} | {o: {}, a: [null, 2, 3]}",
                "{$inc: {n: 2, d: 1, new: 4}} | {n: 7, d: 2.5, new: 4}",
                "{$inc: {n: 2147483647}} | {n: {$numberLong: '2147483652'}}",
                "{$inc: {l: {$numberDecimal: '0.5'}}} | {l: {$numberDecimal: '7.5'}}",
                "{$push: {a: 4, list: 'x'}} | {a: [1, 2, 3, 4], list: ['x']}",
                "{$push: {a: {$each: [4, 5]}}} | {a: [1, 2, 3, 4, 5]}",
                "{$push: {a: [4, 5]}} | {a: [1, 2, 3, [4, 5]]}",
                "{$addToSet: {a: {$each: [3.0, 4, 4]}}} | {a: [1, 2, 3, 4]}",
                "{$pull: {a: {$gte: 2}, missing: 1}} | {a: [1]}",
                "{$pull: {a: 2}} | {a: [1, 3]}",
                "{$pull: {s: {score: 8, item: 'B'}}} | {s: [{item: 'A', score: 5}]}",
                "{$set: {_id: 1.0}} | {_id: 1.0}",
            })
    void operators(String update, String changed) {
        BsonDocument before = doc(BEFORE);
        BsonDocument expected = doc(BEFORE);
        expected.putAll(doc(changed));
        assertThat(Update.parse(doc(update)).apply(before)).isEqualTo(expected);
        assertThat(before).isEqualTo(doc(BEFORE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{$rename: {a: 'b'}} | $rename",
                "{$push: {a: {$each: [1], $slice: 2}}} | $slice",
                "{$addToSet: {a: {$position: 1}}} | $position",
                "{$pull: {a: {$foo: 1}}} | $foo",
                "{$set: {'a.$': 1}} | a.$",
                "{$set: {'a.$[]': 1}} | a.$[]",
                "{a: 1} | a",
                "{$set: 1} | $set",
                "{} | update",
                "{$set: {}} | update",
                "{$set: {'a.b': 1}, $inc: {a: 1}} | a.b",
                "{$set: {a: 1}, $unset: {a: 1}} | a",
                "{$inc: {n: 'x'}} | n",
            })
    void whatIsNotUnderstoodIsRefusedByName(String update, String subject) {
        assertThatThrownBy(() -> Update.parse(doc(update)))
                .isInstanceOfSatisfying(
                        BadUpdate.class, e -> assertThat(e.subject()).isEqualTo(subject));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{$set: {'t.u': 1}}",
                "{$set: {'a.b': 1}}",
                "{$set: {'a.99999': 1}}",
                "{$inc: {t: 1}}",
                "{$push: {n: 1}}",
                "{$pull: {t: 1}}",
                "{$set: {_id: 2}}",
                "{$unset: {_id: 1}}",
                "{$inc: {l: {$numberLong: '9223372036854775807'}}}",
                "{$addToSet: {o: 1}}"
            })
    void whatDoesNotFitTheDocumentIsRefused(String update) {
        Update parsed = Update.parse(doc(update));
        assertThatThrownBy(() -> parsed.apply(doc(BEFORE))).isInstanceOf(BadUpdate.class);
    }

    @Test
    void valuesOfAnUpdateAreNotSharedBetweenDocuments() {
        Update update = Update.parse(doc("{$set: {x: [1]}}"));
        BsonDocument first = update.apply(doc("{_id: 1}"));
        first.getArray("x").clear();
        assertThat(update.apply(doc("{_id: 2}"))).isEqualTo(doc("{_id: 2, x: [1]}"));
    }
}
