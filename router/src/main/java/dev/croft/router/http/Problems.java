package dev.croft.router.http;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** RFC 9457 problem details, with a closed set of types. */
final class Problems {

    static final String MEDIA_TYPE = "application/problem+json";
    static final String TYPES = "https://croft.dev/problems/";

    private Problems() {}

    static byte[] of(RouterException e) {
        return of(
                e.code(),
                e.status(),
                e instanceof RouterException.Broken ? "something failed here" : e.getMessage(),
                e.field());
    }

    static byte[] of(String code, int status, @Nullable String detail) {
        return of(code, status, detail, null);
    }

    private static byte[] of(String code, int status, @Nullable String detail, @Nullable String field) {
        return Json.write(map(code, status, detail, field));
    }

    /** A problem as one item of an answer. */
    static Map<String, Object> map(RouterException e) {
        return map(e.code(), e.status(), e.getMessage(), e.field());
    }

    private static Map<String, Object> map(String code, int status, @Nullable String detail, @Nullable String field) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", TYPES + code);
        problem.put("title", code.replace('-', ' '));
        problem.put("status", status);
        if (detail != null) {
            problem.put("detail", detail);
        }
        if (field != null) {
            problem.put("field", field);
        }
        return problem;
    }

    /** The code for a status that the server itself gives, before any route was found. */
    static String codeOf(int status) {
        return switch (status) {
            case 401 -> "unauthenticated";
            case 403 -> "forbidden";
            case 404 -> "not-found";
            case 405 -> "method-not-allowed";
            case 408 -> "timeout";
            case 411 -> "length-required";
            case 413 -> "too-large";
            case 414, 431 -> "headers-too-large";
            case 429 -> "too-many-requests";
            case 503 -> "unavailable";
            default -> status >= 500 ? "internal" : "invalid-request";
        };
    }
}
