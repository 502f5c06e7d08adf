package dev.croft.router.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The OpenID Connect provider whose people may use this router. Whoever is in none of the groups may not.
 *
 * @param issuer the provider's issuer identifier, exactly as its tokens say it
 * @param clientId the public client that the command line logs in as; ID tokens are for it
 * @param audience what access tokens must be for to be taken as bearer tokens; another name than the client's
 * @param groupsClaim the claim with a person's groups, dots for claims within claims, such as {@code realm_access.roles}
 * @param roles the role of each group; of several, the first here counts
 * @param trust PEM certificates that the provider's is signed by; empty for those that Java trusts
 */
public record OidcConfig(
        URI issuer,
        String clientId,
        String audience,
        String groupsClaim,
        Map<String, Role> roles,
        Optional<Path> trust) {

    private static final int LONGEST_FILE = 64 * 1024;

    public OidcConfig {
        OidcHttp.checked(issuer);
        roles = Collections.unmodifiableMap(new LinkedHashMap<>(roles));
        if (clientId.isBlank() || audience.isBlank() || groupsClaim.isBlank() || roles.isEmpty()) {
            throw new RouterException.Invalid("a provider has a clientId, an audience, a groupsClaim and roles");
        }
        if (clientId.equals(audience)) {
            // An ID token would pass for an access token.
            throw new RouterException.Invalid("the audience of access tokens differs from the client's id");
        }
    }

    /** Reads the same from a JSON file; {@code groupsClaim} is {@code groups} and {@code audience} is {@code croft-router} if absent. */
    public static OidcConfig read(Path file) throws IOException {
        if (Files.size(file) > LONGEST_FILE) {
            throw new RouterException.Invalid("the provider's description is too long");
        }
        JsonNode json = Json.read(Files.readAllBytes(file), JsonNode.class);
        Map<String, Role> roles = new LinkedHashMap<>();
        try {
            json.path("roles")
                    .properties()
                    .forEach(role -> roles.put(
                            role.getKey(), Role.valueOf(role.getValue().asText().toUpperCase(Locale.ROOT))));
            String trust = json.path("trust").asText("");
            return new OidcConfig(
                    URI.create(json.path("issuer").asText()),
                    json.path("clientId").asText(),
                    json.path("audience").asText("croft-router"),
                    json.path("groupsClaim").asText("groups"),
                    roles,
                    trust.isEmpty()
                            ? Optional.empty()
                            : Optional.of(file.toAbsolutePath().resolveSibling(trust)));
        } catch (IllegalArgumentException e) {
            throw new RouterException.Invalid("roles are owner, analyst and operator, and the issuer is a URL");
        }
    }
}
