package dev.croft.vault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.Epsilon;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final String PROGRAM = "sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

    @Test
    void documentsComeBackAsTheyWereTypesOfNumbersIncluded() {
        var document = new BsonDocument()
                .append("i", new BsonInt32(5))
                .append("l", new BsonInt64(5))
                .append("L", new BsonInt64(5_000_000_000L))
                .append("min", new BsonInt64(Long.MIN_VALUE))
                .append("d", new BsonDouble(5))
                .append("x", new BsonDouble(1e300))
                .append("nan", new BsonDouble(Double.NaN))
                .append("inf", new BsonDouble(Double.NEGATIVE_INFINITY))
                .append("id", new BsonObjectId())
                .append("t", new BsonDateTime(-1))
                .append("ts", new BsonTimestamp(7, 8))
                .append("b", new BsonBinary((byte) 4, new byte[16]))
                .append("r", new BsonRegularExpression("a+", "i"))
                .append("n", BsonNull.VALUE)
                .append("a", new BsonArray(List.of(new BsonString("ü\"\\"), new BsonDocument())));
        assertThat(Json.read(Json.write(document), BsonDocument.class)).isEqualTo(document);
    }

    @Test
    void olderFormsAreRead() {
        BsonDocument read = read("{\"u\":{\"$uuid\":\"0123456789abcdef0123456789abcdef\"},\"d\":{\"$date\":1000},"
                + "\"b\":{\"$binary\":\"AAE=\",\"$type\":\"00\"},\"big\":12345678901234567890}");
        assertThat(read.getBinary("u").getType()).isEqualTo((byte) 4);
        assertThat(read.getDateTime("d").getValue()).isEqualTo(1000);
        assertThat(read.getBinary("b").getData()).containsExactly(0, 1);
        assertThat(read.isDouble("big")).isTrue();
    }

    @Test
    void filterOperatorsStayDocuments() {
        BsonDocument read =
                read("{\"a\":{\"$gt\":1},\"b\":{\"$regex\":\"x\",\"$options\":\"i\"},\"c\":{\"$type\":\"int\"}}");
        assertThat(read.getDocument("a").getFirstKey()).isEqualTo("$gt");
        assertThat(read.getDocument("b")).hasSize(2);
        assertThat(read.getDocument("c").getFirstKey()).isEqualTo("$type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "1",
                "{",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"$oid\":\"xyz\"}}",
                "{\"a\":1e999}",
                "{}{}",
                "{\"a\":{\"$numberLong\":\"9223372036854775808\"}}",
                "{\"a\":{\"$uuid\":\"00\"}}",
                "{\"a\":NaN}"
            })
    void whatIsNoDocumentIsRefused(String json) {
        malformed(json, BsonDocument.class);
    }

    @Test
    void depthIsBounded() {
        malformed("{\"a\":".repeat(100_000), BsonDocument.class);
        malformed("{\"a\":" + "[".repeat(65) + "]".repeat(65) + "}", BsonDocument.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"" + PROGRAM + "\",\"command\":[\"c\"]}",
                "{\"grantId\":null,\"service\":\"s\",\"program\":\"" + PROGRAM
                        + "\",\"command\":[\"c\"],\"launchId\":\"l\"}",
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"" + PROGRAM
                        + "\",\"command\":[\"c\"],\"launchId\":\"l\",\"more\":1}",
                "{\"grantId\":[],\"service\":\"s\",\"program\":\"" + PROGRAM
                        + "\",\"command\":[\"c\"],\"launchId\":\"l\"}",
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"d\",\"command\":[\"c\"],\"launchId\":\"l\"}",
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"" + PROGRAM
                        + "\",\"command\":[],\"launchId\":\"l\"}",
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"" + PROGRAM
                        + "\",\"command\":[null],\"launchId\":\"l\"}",
                "{\"grantId\":\"g\",\"service\":\"s\",\"program\":\"" + PROGRAM + "\",\"launchId\":\"l\"}"
            })
    void recordsAreReadStrictly(String json) {
        malformed(json, DoorRequest.class);
    }

    @Test
    void grantsComeBackAsTheyWere() {
        var grant = new Grant(
                "grant-0001",
                "0".repeat(32),
                new Holder.ServiceHolder("pipeline", "sha256:" + "ab".repeat(32)),
                Set.of("entries"),
                Set.of("data.ts", "metadata"),
                new Span(0.5, 1e9),
                Set.of("find", "insert@entries", "query:count"),
                Epsilon.parse("0.000000001"),
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2027-01-01T00:00:00Z"),
                "for the pipeline");
        OwnerKey owner = OwnerKey.generate();
        String token = GrantToken.sign(grant, owner.signingKey());
        assertThat(GrantToken.verify(token, owner.publicKey())).isEqualTo(grant);
        assertThatThrownBy(() -> GrantToken.verify(token, OwnerKey.generate().publicKey()))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void amountsThatAreNoneAreRefusedByName() {
        for (String amount : List.of("-1", "1e999999999", "1e-999999999", "\"NaN\"", "0.0000000001", "\"x\"")) {
            assertThatThrownBy(() -> Json.read(
                            ("{\"epsilon\":" + amount + ",\"windowDays\":null}").getBytes(StandardCharsets.UTF_8),
                            BudgetPolicy.class))
                    .as(amount)
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.INVALID_AMOUNT));
        }
    }

    private static BsonDocument read(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8), BsonDocument.class);
    }

    private static void malformed(String json, Class<?> type) {
        assertThatThrownBy(() -> Json.read(json.getBytes(StandardCharsets.UTF_8), type))
                .as(json.length() > 100 ? json.substring(0, 100) : json)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.MALFORMED_REQUEST));
    }
}
