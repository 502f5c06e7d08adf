package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.croft.router.audit.OperatorLog;
import dev.croft.router.fleet.Joining;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.registry.AuditTrail;
import dev.croft.router.registry.Host;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.IssuedCertificate;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a client of a router asks about accounts, tokens, certificates and the routers themselves. Thread-safe. */
abstract sealed class AccountCalls extends RouterCalls permits LaunchCalls {

    AccountCalls(HttpClient http, URI base, String token) {
        super(http, base, token);
    }

    public boolean healthy() {
        return "ok"
                .equals(get("/health", new TypeReference<Map<String, String>>() {})
                        .get("status"));
    }

    /** The certificates that the installation issued to its parts. */
    public List<IssuedCertificate> certificates() {
        return get("/certificates", new TypeReference<>() {});
    }

    /** Revokes one, by its serial number in hexadecimal. */
    public List<IssuedCertificate> revokeCertificate(String serial) {
        return post("/certificates/" + segment(serial) + "/revoke", null, new TypeReference<>() {});
    }

    /** Begins to renew the installation's authority; what to trust from now on, as PEM. */
    public byte[] renewAuthority() {
        try {
            String serial =
                    Identity.certificates(trust()).getFirst().getSerialNumber().toString(16);
            return call("POST", "/certificates/" + serial + "/renew", new byte[0]);
        } catch (GeneralSecurityException e) {
            throw new RouterException.Unavailable("the router's answer is not as documented", e);
        }
    }

    /** What clients of the installation trust, as PEM. */
    public byte[] trust() {
        return call("GET", "/certificates/trust", null);
    }

    /** Serial numbers of what the router revoked, hexadecimal. */
    public Set<String> revoked() {
        return new String(call("GET", "/certificates/revoked", null), StandardCharsets.US_ASCII)
                .lines()
                .collect(Collectors.toSet());
    }

    /** Logs in; {@link AccountRoutes.IssuedToken#secret} is for {@link RouterClient#as}. */
    public AccountRoutes.IssuedToken login(String account, String password) {
        return post("/login", new AccountRoutes.Login(account, password), new TypeReference<>() {});
    }

    /** The identity provider whose people this router lets in. */
    public AccountRoutes.Provider provider() {
        return get("/login/provider", new TypeReference<>() {});
    }

    /** Logs in with an ID token of that provider, issued a moment ago. */
    public AccountRoutes.IssuedToken loginByProvider(String idToken) {
        return post("/login/provider", new AccountRoutes.ProviderLogin(idToken), new TypeReference<>() {});
    }

    public Account account() {
        return get("/account", new TypeReference<>() {});
    }

    public void changePassword(String password) {
        call("PUT", "/account/password", Json.write(new AccountRoutes.PasswordChange(password)));
    }

    public List<ApiToken> tokens() {
        return get("/account/tokens", new TypeReference<>() {});
    }

    /** @param scopes what it may be used for, and nothing else: at least one, none that the token in use lacks */
    public AccountRoutes.IssuedToken issueToken(String label, Set<Scope> scopes, Duration lifetime) {
        return post(
                "/account/tokens",
                new AccountRoutes.NewToken(label, scopes, lifetime.toSeconds()),
                new TypeReference<>() {});
    }

    public void revokeToken(String id) {
        call("DELETE", "/account/tokens/" + id, null);
    }

    public List<Account> accounts() {
        return get("/accounts?limit=1000", new TypeReference<>() {});
    }

    public Account createAccount(String name, Role role, @Nullable String password) {
        return post("/accounts", new AccountRoutes.NewAccount(name, role, password), new TypeReference<>() {});
    }

    /** A token for another account; for operators. */
    public AccountRoutes.IssuedToken issueTokenFor(String account, String label, Set<Scope> scopes, Duration lifetime) {
        return post(
                "/accounts/" + account + "/tokens",
                new AccountRoutes.NewToken(label, scopes, lifetime.toSeconds()),
                new TypeReference<>() {});
    }

    public void setDisabled(String account, boolean disabled) {
        call("POST", "/accounts/" + account + (disabled ? "/disable" : "/enable"), new byte[0]);
    }

    public List<AuditTrail.Entry> audit(long after, int limit) {
        return get("/audit?after=" + after + "&limit=" + limit, new TypeReference<>() {});
    }

    /** What was done at this router that concerns the account, from a record of the operator's capsule on. */
    public OperatorLog.Page acts(long from) {
        return get("/account/acts?from=" + from, new TypeReference<>() {});
    }

    /** The routers of this installation, for operators. */
    public List<RouterRoutes.RouterView> routers() {
        return get("/routers", new TypeReference<>() {});
    }

    /** Lets a router join, once and within a day. */
    public RouterRoutes.Invited invite(String name, int weight) {
        return post("/routers/invitations", new RouterRoutes.NewInvitation(name, weight), new TypeReference<>() {});
    }

    /** Has a router give away what it has, or stop doing so. */
    public void drain(String router, boolean draining) {
        call("POST", "/routers/" + router + (draining ? "/drain" : "/undrain"), new byte[0]);
    }

    /**
     * Takes a router out of the installation.
     *
     * @param lost whether its private clouds without replicas are given up
     */
    public void remove(String router, boolean lost) {
        call("DELETE", "/routers/" + router + (lost ? "?force=true" : ""), null);
    }

    /** What a router that joins says to the one that invited it. */
    public Joining.Answer join(Joining.Request request) {
        return post("/routers/join", request, new TypeReference<>() {});
    }

    public List<Host> hosts() {
        return get("/hosts", new TypeReference<>() {});
    }
}
