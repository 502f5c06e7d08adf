package dev.croft.vault.http;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.TraceContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request, wherever it came in.
 *
 * @param method HTTP method
 * @param target path and query as they came
 * @param bearer the bearer token, if there is one
 * @param contentLength of the body; -1: not known
 * @param body read once
 * @param trace the trace that it is a part of, if it is of any
 */
public record Request(
        String method,
        String target,
        @Nullable String bearer,
        long contentLength,
        InputStream body,
        @Nullable TraceContext trace) {
    /** One of no trace. */
    public Request(String method, String target, @Nullable String bearer, long contentLength, InputStream body) {
        this(method, target, bearer, contentLength, body, null);
    }

    private static final String BEARER = "Bearer ";

    /** The token of an {@code Authorization} header. */
    public static @Nullable String bearerOf(@Nullable String authorization) {
        return authorization != null && authorization.startsWith(BEARER)
                ? authorization.substring(BEARER.length())
                : null;
    }

    /** The path without the query, as it came. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** The parameters of the query, each given once. */
    public Map<String, String> query() {
        var parameters = new HashMap<String, String>();
        int at = target.indexOf('?');
        if (at < 0 || at == target.length() - 1) {
            return parameters;
        }
        for (String pair : target.substring(at + 1).split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1
                    || parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1))) != null) {
                throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the query of the path is not well formed");
            }
        }
        return parameters;
    }

    /** A whole number of the query within [0, most], or {@code otherwise} if it is not given. */
    public long number(String name, long otherwise, long most) {
        String text = query().get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, as is a number out of range.
        }
        throw new ProblemException(ProblemCode.MALFORMED_REQUEST, name + " is a whole number from 0 to " + most);
    }

    /**
     * The whole body and, if a proof came with it, its check.
     *
     * @throws ProblemException {@link ProblemCode#TOO_LARGE} above {@code mostBytes}
     */
    public byte[] readBody(int mostBytes, @Nullable RequestProof proof) {
        requireLength(mostBytes);
        try {
            byte[] bytes = body.readNBytes(mostBytes + 1);
            if (bytes.length > mostBytes) {
                throw tooLarge(mostBytes);
            }
            if (proof != null) {
                proof.checkBody(RequestProof.sha256().digest(bytes));
            }
            return bytes;
        } catch (IOException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the body ended early");
        }
    }

    /** Refuses a body that says it is too large before any of it is read. */
    public void requireLength(long mostBytes) {
        if (contentLength > mostBytes) {
            throw tooLarge(mostBytes);
        }
    }

    private static ProblemException tooLarge(long mostBytes) {
        return new ProblemException(ProblemCode.TOO_LARGE, "the body may have at most " + mostBytes + " bytes");
    }

    static String decode(String encoded) {
        try {
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    ProblemCode.MALFORMED_REQUEST, "the path is not percent-encoded as it should be");
        }
    }
}
