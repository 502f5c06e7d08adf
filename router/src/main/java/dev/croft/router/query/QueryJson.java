package dev.croft.router.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.router.RouterException;
import dev.croft.vault.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Requests, plans and answers as the journal and the API hold them: JSON of the vault's kind, with BSON as extended JSON. */
public final class QueryJson {

    private static final ObjectMapper MAPPER = Json.mapper();

    private QueryJson() {}

    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new RouterException.Broken("a query cannot be written", e);
        }
    }

    /**
     * Reads a request, plan or answer.
     *
     * @throws RouterException.Invalid when it is not one
     */
    public static <T> T read(String json, Class<T> type) {
        return read(json.getBytes(StandardCharsets.UTF_8), type);
    }

    /** As {@link #read(String, Class)}, from UTF-8. */
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof RouterException.Invalid invalid) {
                    throw invalid;
                }
            }
            throw new RouterException.Invalid("the body is not the documented JSON");
        } catch (IOException e) {
            throw new RouterException.Broken("a query cannot be read", e);
        }
    }
}
