package dev.croft.vault.http;

import dev.croft.vault.api.Json;
import dev.croft.vault.api.Problem;
import dev.croft.vault.api.ProblemException;
import java.nio.charset.StandardCharsets;

/**
 * An answer.
 *
 * @param status HTTP status
 * @param contentType of the body
 * @param body empty for status 204
 * @param retryAfterSeconds for the header of that name, 0 for none
 */
public record Response(int status, String contentType, byte[] body, long retryAfterSeconds) {
    /** Nothing to say. */
    public static Response nothing() {
        return new Response(204, "application/json", new byte[0], 0);
    }

    /** {@code value} as JSON. */
    public static Response json(Object value) {
        return new Response(200, "application/json", Json.write(value), 0);
    }

    /** Text in the format of Prometheus. */
    public static Response metrics(String text) {
        return new Response(200, "text/plain; version=0.0.4; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), 0);
    }

    /** A refusal. */
    public static Response problem(ProblemException refusal) {
        Problem problem = Problem.of(refusal);
        return new Response(problem.status(), Problem.MEDIA_TYPE, Json.write(problem), problem.retryAfterSeconds());
    }
}
