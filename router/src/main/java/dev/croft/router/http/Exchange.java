package dev.croft.router.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Tokens;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request that was let in, and its answer. */
public final class Exchange {

    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}");

    private final Context context;
    private final Route route;
    private final Tokens.@Nullable Bearer bearer;
    private @Nullable String subject;

    Exchange(Context context, Route route, Tokens.@Nullable Bearer bearer) {
        this.context = context;
        this.route = route;
        this.bearer = bearer;
    }

    /** The account that asks; only on routes that are not open to anyone. */
    Account account() {
        return bearer().account();
    }

    Tokens.Bearer bearer() {
        if (bearer == null) {
            throw new RouterException.Unauthenticated();
        }
        return bearer;
    }

    /** What signed the certificate of the router that asks; only on routes for routers. */
    X509Certificate authority() {
        if (route.access() instanceof Route.Access.Routers
                && context.req().getAttribute(Passing.CERTIFICATES) instanceof X509Certificate[] chain
                && chain.length > 1) {
            return chain[1];
        }
        throw new RouterException.Unauthenticated();
    }

    Context context() {
        return context;
    }

    Route route() {
        return route;
    }

    /** The audit trail's subject, when it is not in the path. */
    void subject(String named) {
        this.subject = named;
    }

    String subject() {
        return subject != null
                ? subject
                : String.join(" ", context.pathParamMap().values());
    }

    /** A path parameter, of which only names and ids are accepted. */
    String parameter(String name) {
        String value = context.pathParam(name);
        if (!SAFE.matcher(value).matches()) {
            throw new RouterException.NotFound(name);
        }
        return value;
    }

    /** A whole number from the query string within bounds, or the default when it is absent. */
    int number(String name, int otherwise, int most) {
        String text = context.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // as any other number out of bounds
        }
        throw new RouterException.Invalid(name + " lies between 0 and " + most);
    }

    boolean flag(String name) {
        return "true".equals(context.queryParam(name));
    }

    /** The body as any JSON. */
    JsonNode json() throws IOException, TimeoutException {
        return body(JsonNode.class);
    }

    /** The body as JSON of that shape. */
    <T> T body(Class<T> type) throws IOException, TimeoutException {
        String contentType = context.contentType();
        if (contentType == null || !contentType.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new RouterException.Invalid("the body must be application/json");
        }
        return Json.read(bytes(), type);
    }

    /** The body, if it is within the route's bound and comes within half a minute; what is beyond is never read. */
    byte[] bytes() throws IOException, TimeoutException {
        InputStream in = context.req().getInputStream();
        byte[] body = new byte[(int) Math.min(route.maxBody() + 1, 16 * 1024)];
        long end = System.nanoTime() + WITHIN.toNanos();
        int length = 0;
        for (int n = in.read(body); n >= 0; n = in.read(body, length, body.length - length)) {
            length += n;
            if (length > route.maxBody()) {
                throw new RouterException.TooLarge(route.maxBody());
            }
            if (length == body.length) {
                body = Arrays.copyOf(body, (int) Math.min(route.maxBody() + 1, 2L * length));
            }
            if (System.nanoTime() > end) {
                throw new TimeoutException("the body came too slowly");
            }
        }
        return Arrays.copyOf(body, length);
    }

    void answer(Object value) {
        answer(200, value);
    }

    void answer(int status, Object value) {
        context.status(status).contentType("application/json").result(Json.write(value));
    }

    void done() {
        context.status(204);
    }
}
