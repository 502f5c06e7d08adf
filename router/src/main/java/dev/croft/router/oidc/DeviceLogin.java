package dev.croft.router.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.RouterException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The OAuth 2.0 device authorization grant (RFC 8628): someone approves, in a browser anywhere, what this terminal asks for. */
public final class DeviceLogin {

    private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final OidcHttp http;
    private final Pause pause;

    /** Waits. */
    @FunctionalInterface
    public interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    /**
     * What a person is asked to do.
     *
     * @param page where to go
     * @param complete the same with the code filled in
     * @param code to be typed there; printable ASCII
     */
    public record Prompt(URI page, Optional<URI> complete, String code, Duration expires) {}

    public DeviceLogin(OidcHttp http, Pause pause) {
        this.http = http;
        this.pause = pause;
    }

    /**
     * Asks, waits until it is approved, and returns the ID token.
     *
     * @throws RouterException.Forbidden when it was declined, or not approved in time
     * @throws RouterException.Unavailable when the provider does not answer, or has no such grant
     */
    public String run(URI issuer, String clientId, Consumer<Prompt> show) throws InterruptedException {
        JsonNode metadata = http.discover(OidcHttp.checked(issuer));
        URI tokens = OidcHttp.endpoint(metadata, "token_endpoint");
        OidcHttp.Answer begun = http.post(
                OidcHttp.endpoint(metadata, "device_authorization_endpoint"),
                Map.of("client_id", clientId, "scope", "openid"));
        if (begun.status() != 200) {
            throw refusal(begun);
        }
        JsonNode asked = begun.body();
        String device = text(asked, "device_code", 4096);
        Duration expires = bounded(asked.path("expires_in").asLong(0), LONGEST);
        show.accept(new Prompt(
                page(text(asked, "verification_uri", 2048)),
                asked.hasNonNull("verification_uri_complete")
                        ? Optional.of(page(text(asked, "verification_uri_complete", 2048)))
                        : Optional.empty(),
                text(asked, "user_code", 64),
                expires));
        // Section 3.2: five seconds unless told otherwise.
        Duration interval = bounded(Math.max(1, asked.path("interval").asLong(5)), Duration.ofMinutes(1));
        for (Duration waited = Duration.ZERO; waited.compareTo(expires) < 0; waited = waited.plus(interval)) {
            pause.of(interval);
            OidcHttp.Answer answer =
                    http.post(tokens, Map.of("grant_type", GRANT, "device_code", device, "client_id", clientId));
            if (answer.status() == 200) {
                return text(answer.body(), "id_token", 16 * 1024);
            }
            switch (answer.body().path("error").asText("")) {
                case "authorization_pending" -> {}
                // Section 3.5: by five seconds, for this and all that follow.
                case "slow_down" -> interval = interval.plusSeconds(5);
                default -> throw refusal(answer);
            }
        }
        throw new RouterException.Forbidden("the login was not approved in time");
    }

    private static RouterException refusal(OidcHttp.Answer answer) {
        return switch (answer.body().path("error").asText("")) {
            case "access_denied" -> new RouterException.Forbidden("the login was declined");
            case "expired_token" -> new RouterException.Forbidden("the login was not approved in time");
            case "invalid_client", "unauthorized_client" ->
                new RouterException.Forbidden("the identity provider does not let this client log in so");
            default -> new RouterException.Unavailable("the identity provider answers with status " + answer.status());
        };
    }

    private static Duration bounded(long seconds, Duration most) {
        return Duration.ofSeconds(Math.max(0, Math.min(seconds, most.toSeconds())));
    }

    private static URI page(String text) {
        try {
            return OidcHttp.checked(URI.create(text));
        } catch (IllegalArgumentException | RouterException.Invalid e) {
            throw new RouterException.Unavailable("the identity provider names no page to go to");
        }
    }

    /** It is printed on a terminal: nothing but what is printed. */
    private static String text(JsonNode answer, String name, int longest) {
        String text = answer.path(name).asText("");
        if (text.isEmpty() || text.length() > longest || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new RouterException.Unavailable("the identity provider's answer has no usable " + name);
        }
        return text;
    }
}
