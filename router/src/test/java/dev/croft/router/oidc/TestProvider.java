package dev.croft.router.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.croft.router.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An OpenID Connect provider on loopback whose keys, tokens and misbehaviour a test decides. */
public final class TestProvider implements AutoCloseable {

    private final HttpServer server;
    private final Clock clock;
    public final List<RSAKey> published = new ArrayList<>();
    /** What the token endpoint says, one after the other; then the ID token. */
    public final Queue<String> errors = new ArrayDeque<>();

    public final Map<String, Object> metadata = new LinkedHashMap<>();
    public final Map<String, Object> device = new LinkedHashMap<>();
    public final AtomicInteger keyFetches = new AtomicInteger();
    public volatile String idToken = "";

    public TestProvider(Clock clock) throws IOException, JOSEException {
        this.clock = clock;
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        String base = issuer().toString();
        metadata.put("issuer", base);
        metadata.put("jwks_uri", base + "/keys");
        metadata.put("token_endpoint", base + "/token");
        metadata.put("device_authorization_endpoint", base + "/device");
        device.put("device_code", "secret-device-code");
        device.put("user_code", "ABCD-EFGH");
        device.put("verification_uri", base + "/activate");
        device.put("expires_in", 600);
        device.put("interval", 5);
        published.add(newKey("k1"));
        server.createContext(
                "/.well-known/openid-configuration", exchange -> answer(exchange, 200, Json.write(metadata)));
        server.createContext("/keys", exchange -> {
            keyFetches.incrementAndGet();
            answer(
                    exchange,
                    200,
                    new JWKSet(List.copyOf(published)).toString(true).getBytes(StandardCharsets.UTF_8));
        });
        server.createContext("/device", exchange -> answer(exchange, 200, Json.write(device)));
        server.createContext("/token", exchange -> {
            String error = errors.poll();
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean right = form.contains("device_code=secret-device-code") && form.contains("client_id=croft");
            if (error != null || !right) {
                answer(exchange, 400, Json.write(Map.of("error", error == null ? "invalid_grant" : error)));
            } else {
                answer(exchange, 200, Json.write(Map.of("id_token", idToken, "token_type", "Bearer")));
            }
        });
        server.start();
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    public static RSAKey newKey(String id) throws JOSEException {
        return new RSAKeyGenerator(2048).keyID(id).generate();
    }

    public URI issuer() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What a good ID token of that person says. */
    public JWTClaimsSet.Builder claims(String subject, String... groups) {
        return new JWTClaimsSet.Builder()
                .issuer(issuer().toString())
                .subject(subject)
                .audience("croft")
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(clock.instant().plus(Duration.ofMinutes(5))))
                .claim("preferred_username", subject)
                .claim("groups", List.of(groups));
    }

    /** Signs with the key published first. */
    public String sign(JWTClaimsSet claims) throws JOSEException {
        return sign(claims, published.getFirst());
    }

    public static String sign(JWTClaimsSet claims, RSAKey key) throws JOSEException {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(), claims);
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
