package dev.croft.vault.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.time.DateTimeException;
import java.time.Instant;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * JSON at the edges of the vault: records by their component names, BSON as extended JSON, instants as ISO 8601, amounts as decimal
 * numbers. Strict: unknown or repeated fields, deep nesting and long names are refused. Thread-safe.
 */
public final class Json {
    /** How deep arrays and objects may nest. */
    public static final int MOST_NESTED = 64;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MOST_NESTED)
                            .maxNameLength(1_000)
                            .maxNumberLength(400)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .addModule(new SimpleModule()
                    .addSerializer(BsonValue.class, new BsonOut())
                    .addDeserializer(BsonDocument.class, new DocumentIn())
                    .addDeserializer(BsonValue.class, new ValueIn())
                    .addSerializer(Instant.class, new InstantOut())
                    .addDeserializer(Instant.class, new InstantIn())
                    .addSerializer(Epsilon.class, new EpsilonOut())
                    .addDeserializer(Epsilon.class, new EpsilonIn()))
            .build();

    private Json() {}

    /** {@code value} as UTF-8 JSON. */
    public static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The {@code type} that {@code json} describes.
     *
     * @throws ProblemException {@link ProblemCode#MALFORMED_REQUEST} if it describes none; the detail tells where, not what
     */
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the body is null");
            }
            requireComplete(value);
            return value;
        } catch (JsonProcessingException e) {
            throw refusal(e);
        } catch (CharConversionException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the body is not text");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Jackson leaves absent components of a record null; only those that say so may be. */
    private static void requireComplete(@Nullable Object value) {
        if (value instanceof Record described) {
            for (RecordComponent component : described.getClass().getRecordComponents()) {
                Object part;
                try {
                    part = component.getAccessor().invoke(described);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("records of this package are public", e);
                }
                if (part == null && !component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                    throw new ProblemException(
                            ProblemCode.MALFORMED_REQUEST, "the field " + component.getName() + " is missing");
                }
                requireComplete(part);
            }
        } else if (value instanceof Iterable<?> many && !(value instanceof BsonValue)) {
            many.forEach(Json::requireElement);
        }
    }

    private static void requireElement(@Nullable Object element) {
        if (element == null) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "an element of a list is null");
        }
        requireComplete(element);
    }

    /** A mapper of this room's kind, for streaming many values and for generic types. */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /** The refusal to send for JSON that could not be read. */
    public static ProblemException refusal(JsonProcessingException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProblemException problem) {
                return problem;
            }
        }
        var at = e.getLocation();
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return new ProblemException(ProblemCode.MALFORMED_REQUEST, "the body is not the JSON this route takes" + where);
    }

    private static final class BsonOut extends StdSerializer<BsonValue> {
        BsonOut() {
            super(BsonValue.class);
        }

        @Override
        public void serialize(BsonValue value, JsonGenerator out, SerializerProvider context) throws IOException {
            ExtendedJson.write(value, out);
        }
    }

    private static final class ValueIn extends StdDeserializer<BsonValue> {
        ValueIn() {
            super(BsonValue.class);
        }

        @Override
        public BsonValue deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return ExtendedJson.read(in);
        }
    }

    private static final class DocumentIn extends StdDeserializer<BsonDocument> {
        DocumentIn() {
            super(BsonDocument.class);
        }

        @Override
        public BsonDocument deserialize(JsonParser in, DeserializationContext context) throws IOException {
            BsonValue value = ExtendedJson.read(in);
            if (!value.isDocument()) {
                throw new JsonParseException(in, "a document was expected");
            }
            return value.asDocument();
        }
    }

    private static final class InstantOut extends StdSerializer<Instant> {
        InstantOut() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeString(value.toString());
        }
    }

    private static final class InstantIn extends StdDeserializer<Instant> {
        InstantIn() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            try {
                return Instant.parse(in.getText());
            } catch (DateTimeException e) {
                throw new JsonParseException(in, "an ISO 8601 instant was expected");
            }
        }
    }

    private static final class EpsilonOut extends StdSerializer<Epsilon> {
        EpsilonOut() {
            super(Epsilon.class);
        }

        @Override
        public void serialize(Epsilon value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeNumber(value.toString());
        }
    }

    private static final class EpsilonIn extends StdDeserializer<Epsilon> {
        EpsilonIn() {
            super(Epsilon.class);
        }

        @Override
        public Epsilon deserialize(JsonParser in, DeserializationContext context) throws IOException {
            try {
                return Epsilon.parse(in.getText());
            } catch (InvalidInputException e) {
                throw new ProblemException(ProblemCode.INVALID_AMOUNT, String.valueOf(e.getMessage()));
            }
        }
    }
}
