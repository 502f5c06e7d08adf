package dev.croft.router.http;

import dev.croft.router.RouterException;
import dev.croft.router.oidc.OidcTokens;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.Tokens;
import java.util.Optional;

/** Finds whom a bearer value is of: one of the router's own tokens, or an access token of the identity provider. */
public final class Bearers {

    private final Registry registry;
    private final Optional<OidcTokens> oidc;

    public Bearers(Registry registry, Optional<OidcTokens> oidc) {
        this.registry = registry;
        this.oidc = oidc;
    }

    /** @throws RouterException.Unauthenticated when it is neither */
    Tokens.Bearer authenticate(String value) {
        if (value.startsWith("croft_") || oidc.isEmpty()) {
            return registry.tokens().authenticate(value).orElseThrow(RouterException.Unauthenticated::new);
        }
        OidcTokens.Person person = oidc.get().accessToken(value);
        Account account = registry.identities()
                .admit(oidc.get().config().issuer().toString(), person.subject(), person.name(), person.role());
        return new Tokens.Bearer(
                account,
                new ApiToken(
                        "oidc",
                        account.id(),
                        "access token",
                        person.scopes(),
                        person.issued(),
                        person.expires(),
                        null));
    }
}
