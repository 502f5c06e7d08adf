package dev.croft.vault.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.vault.documents.view.Bson;
import java.util.Arrays;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

class BsonShapeTest {
    private static final BsonDocument EVERY_TYPE = BsonDocument.parse("""
            {_id: {$oid: "5553f7ef1d41c8a2a2a1c0de"}, double: 1.5, text: "x\u00e9", doc: {a: [1, {b: null}]}, bin: {$binary: {base64: "AAEC",
            subType: "00"}}, old: {$binary: {base64: "AAEC", subType: "02"}}, undef: {$undefined: true}, yes: true, date: {$date: "2020-01-01T00:00:00Z"},
            re: {$regularExpression: {pattern: "a.*", options: "i"}},
            js: {$code: "f()"}, sym: {$symbol: "s"}, scoped: {$code: "f()", $scope: {x: 1}}, int: 1, ts: {$timestamp: {t: 1, i: 2}},
            long: {$numberLong: "1"}, dec: {$numberDecimal: "1.5"}, min: {$minKey: 1}, max: {$maxKey: 1}}""");

    @Test
    void aDocumentWithEveryTypeIsOne() {
        assertThat(BsonShape.isDocument(Bson.encode(EVERY_TYPE))).isTrue();
    }

    @Test
    void aDocumentThatIsCutOrHasAnImpossibleLengthIsNone() {
        byte[] whole = Bson.encode(EVERY_TYPE);
        for (int length = 0; length < whole.length; length++) {
            assertThat(BsonShape.isDocument(Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isFalse();
        }
        byte[] huge = Bson.encode(BsonDocument.parse("{_id: {$binary: {base64: \"AAEC\", subType: \"00\"}}}"));
        huge[4 + 1 + 4 + 3] = 0x7f;
        assertThat(BsonShape.isDocument(huge)).isFalse();
    }
}
