package dev.croft.router.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Resource;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens of one provider: signature by a key it publishes now, algorithm, issuer, audience and time (OpenID Connect Core 1.0,
 * section 3.1.3.7; RFC 9068, section 4; RFC 8725). Keys are kept five minutes; a key id not seen before makes them be fetched again, twice
 * in half a minute at most; while the provider does not answer, the last ones count for a day. Thread-safe.
 */
public final class OidcTokens implements AutoCloseable {

    /** How old an ID token may be that is exchanged for one of the router's. */
    static final Duration FRESH = Duration.ofMinutes(10);

    private static final int LONGEST = 16 * 1024;
    private static final int SKEW_SECONDS = 30;
    private static final int REMEMBERED = 100_000;
    private static final Duration DESCRIPTION = Duration.ofHours(1);
    /** Signatures by public keys only: a symmetric one could be made by whoever knows the client's id or key set. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private static final JOSEObjectType ACCESS = new JOSEObjectType("at+jwt");

    private final OidcConfig config;
    private final OidcHttp http;
    private final Clock clock;
    private final Map<String, Boolean> used = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };
    private @Nullable Keys keys;

    private record Keys(URI place, JWKSource<SecurityContext> source, Instant described) {}

    /**
     * Whom a token is of.
     *
     * @param name what the provider calls them, for people to read; not an identity
     * @param role by their groups; {@code null} if they are in none that has one
     * @param scopes what this token may be used for, within the role
     */
    public record Person(
            String subject,
            @Nullable String name,
            @Nullable Role role,
            Set<Scope> scopes,
            Instant issued,
            Instant expires) {}

    public OidcTokens(OidcConfig config, Clock clock) {
        this.config = config;
        this.http = new OidcHttp(config.trust());
        this.clock = clock;
    }

    public OidcConfig config() {
        return config;
    }

    /**
     * The person of an ID token for our client, issued a moment ago and not shown here before.
     *
     * @throws RouterException.Unauthenticated when it is not that
     * @throws RouterException.Unavailable when the provider's keys cannot be had
     */
    public Person idToken(String token) {
        JWTClaimsSet claims = verified(token, config.clientId(), DefaultJOSEObjectTypeVerifier.JWT);
        List<String> audience = claims.getAudience();
        Object party = claims.getClaim("azp");
        if (audience.size() > 1 && party == null || party != null && !party.equals(config.clientId())) {
            throw new RouterException.Unauthenticated();
        }
        if (clock.instant().isAfter(claims.getIssueTime().toInstant().plus(FRESH))) {
            throw new RouterException.Unauthenticated();
        }
        Person person = person(claims);
        synchronized (used) {
            // The signature can be written in more ways than one; what is signed cannot.
            if (used.putIfAbsent(token.substring(0, token.lastIndexOf('.')), true) != null) {
                throw new RouterException.Unauthenticated();
            }
        }
        return person;
    }

    /** The person of an access token for this router; throws as {@link #idToken}. */
    public Person accessToken(String token) {
        return person(verified(
                token, config.audience(), new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, ACCESS, null)));
    }

    private JWTClaimsSet verified(String token, String audience, DefaultJOSEObjectTypeVerifier<SecurityContext> types) {
        if (token.length() > LONGEST) {
            throw new RouterException.Unauthenticated();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
            processor.setJWSTypeVerifier(types);
            processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys().source()));
            processor.setJWTClaimsSetVerifier(claims(audience));
            JWTClaimsSet claims = processor.process(jwt, null);
            Date issued = claims.getIssueTime();
            if (issued.toInstant().isAfter(clock.instant().plusSeconds(SKEW_SECONDS))) {
                throw new RouterException.Unauthenticated();
            }
            return claims;
        } catch (RateLimitReachedException e) {
            // Its key was not there a moment ago, when the keys were last fetched.
            throw new RouterException.Unauthenticated();
        } catch (KeySourceException e) {
            throw new RouterException.Unavailable("the identity provider's keys cannot be had", e);
        } catch (ParseException | BadJOSEException | JOSEException e) {
            throw new RouterException.Unauthenticated();
        }
    }

    private DefaultJWTClaimsVerifier<SecurityContext> claims(String audience) {
        JWTClaimsSet exact =
                new JWTClaimsSet.Builder().issuer(config.issuer().toString()).build();
        DefaultJWTClaimsVerifier<SecurityContext> verifier =
                new DefaultJWTClaimsVerifier<>(audience, exact, Set.of("sub", "iat", "exp")) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew(SKEW_SECONDS);
        return verifier;
    }

    private synchronized Keys keys() {
        Instant now = clock.instant();
        Keys known = keys;
        if (known != null && now.isBefore(known.described().plus(DESCRIPTION))) {
            return known;
        }
        URI place;
        try {
            place = OidcHttp.endpoint(http.discover(config.issuer()), "jwks_uri");
        } catch (RouterException.Unavailable e) {
            if (known != null) {
                return known;
            }
            throw e;
        }
        JWKSource<SecurityContext> source =
                known != null && known.place().equals(place) ? known.source() : source(place);
        keys = new Keys(place, source, now);
        return keys;
    }

    private JWKSource<SecurityContext> source(URI place) {
        try {
            return JWKSourceBuilder.<SecurityContext>create(place.toURL(), url -> {
                        try {
                            return new Resource(
                                    new String(http.get(url.toURI()), StandardCharsets.UTF_8), "application/json");
                        } catch (RouterException | URISyntaxException e) {
                            throw new IOException(e);
                        }
                    })
                    .outageTolerant(Duration.ofDays(1).toMillis())
                    .build();
        } catch (MalformedURLException e) {
            throw new RouterException.Unavailable("the identity provider's jwks_uri is no URL", e);
        }
    }

    private Person person(JWTClaimsSet claims) {
        String subject = claims.getSubject();
        if (subject.isEmpty() || subject.length() > 255) {
            throw new RouterException.Unauthenticated();
        }
        List<?> groups = groups(claims);
        @Nullable
        Role role = config.roles().entrySet().stream()
                .filter(entry -> groups.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        return new Person(
                subject,
                claims.getClaim("preferred_username") instanceof String name ? name : null,
                role,
                role == null ? Set.of() : scopes(role, claims.getClaim("scope")),
                claims.getIssueTime().toInstant(),
                claims.getExpirationTime().toInstant());
    }

    private List<?> groups(JWTClaimsSet claims) {
        Object at = claims.getClaim(config.groupsClaim());
        if (at == null) {
            at = claims.getClaims();
            for (String step : config.groupsClaim().split("\\.")) {
                at = at instanceof Map<?, ?> map ? map.get(step) : null;
            }
        }
        return at instanceof List<?> list ? list : List.of();
    }

    /** All that the role allows, unless the token names some of ours ({@code croft:data}): then those. */
    private static Set<Scope> scopes(Role role, @Nullable Object claim) {
        Set<String> named = claim instanceof String text ? Set.copyOf(Arrays.asList(text.split(" +"))) : Set.of();
        if (named.stream().noneMatch(scope -> scope.startsWith("croft:"))) {
            return role.scopes();
        }
        EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (Scope scope : role.scopes()) {
            if (named.contains("croft:" + scope.wireName())) {
                scopes.add(scope);
            }
        }
        return Set.copyOf(scopes);
    }

    @Override
    public void close() {
        http.close();
    }
}
