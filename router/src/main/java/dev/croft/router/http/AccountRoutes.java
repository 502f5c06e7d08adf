package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.DELETE;
import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;
import static dev.croft.router.http.Route.Method.PUT;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.oidc.OidcTokens;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Logging in, one's own account and tokens, and for operators the accounts of others. */
public final class AccountRoutes {

    private static final Duration SESSION = Duration.ofHours(12);

    private final Registry registry;
    private final Optional<OidcTokens> oidc;

    public AccountRoutes(Registry registry, Optional<OidcTokens> oidc) {
        this.registry = registry;
        this.oidc = oidc;
    }

    public record Login(String account, String password) {
        @Override
        public String toString() {
            return "Login[" + account + "]";
        }
    }

    /** An ID token of the identity provider. */
    public record ProviderLogin(String idToken) {
        @Override
        public String toString() {
            return "ProviderLogin[]";
        }
    }

    /** Where and as which client one logs in to get such a token. */
    public record Provider(String issuer, String clientId) {}

    public record NewAccount(
            String name, Role role, @Nullable String password) {
        @Override
        public String toString() {
            return "NewAccount[" + name + "]";
        }
    }

    /** @param scopes what it may be used for: at least one is named, as nobody is to get more than was thought of */
    public record NewToken(String label, Set<Scope> scopes, long seconds) {}

    public record PasswordChange(String password) {
        @Override
        public String toString() {
            return "PasswordChange[]";
        }
    }

    public record IssuedToken(ApiToken token, String secret) {
        @Override
        public String toString() {
            return "IssuedToken[" + token + "]";
        }
    }

    public List<Route> routes() {
        return List.of(
                Route.open(POST, "/login", this::login),
                Route.open(
                        GET,
                        "/login/provider",
                        exchange -> exchange.answer(new Provider(
                                provider().config().issuer().toString(),
                                provider().config().clientId()))),
                Route.open(POST, "/login/provider", this::loginByProvider),
                Route.any(GET, "/account", Scope.ACCOUNT, exchange -> exchange.answer(exchange.account())),
                Route.any(PUT, "/account/password", Scope.ACCOUNT, this::changePassword),
                Route.any(
                        GET,
                        "/account/tokens",
                        Scope.ACCOUNT,
                        exchange -> exchange.answer(
                                registry.tokens().list(exchange.account().id()))),
                Route.any(POST, "/account/tokens", Scope.ACCOUNT, this::issueOwn),
                Route.any(DELETE, "/account/tokens/{token}", Scope.ACCOUNT, exchange -> {
                    registry.tokens().revoke(exchange.account().id(), exchange.parameter("token"));
                    exchange.done();
                }),
                operator(
                        GET,
                        "/accounts",
                        exchange -> exchange.answer(registry.accounts()
                                .list(
                                        exchange.number("offset", 0, Integer.MAX_VALUE),
                                        exchange.number("limit", 100, 1000)))),
                operator(POST, "/accounts", this::create),
                operator(GET, "/accounts/{account}", exchange -> exchange.answer(named(exchange))),
                operator(PUT, "/accounts/{account}/password", exchange -> {
                    Account account = named(exchange);
                    registry.accounts()
                            .setPassword(
                                    account.id(),
                                    exchange.body(PasswordChange.class).password());
                    exchange.done();
                }),
                operator(POST, "/accounts/{account}/tokens", exchange -> {
                    Account account = named(exchange);
                    issue(exchange, account);
                }),
                operator(POST, "/accounts/{account}/disable", exchange -> setDisabled(exchange, true)),
                operator(POST, "/accounts/{account}/enable", exchange -> setDisabled(exchange, false)));
    }

    private static Route operator(Route.Method method, String path, Route.Handler handler) {
        return Route.forRole(method, path, Role.OPERATOR, Scope.OPERATE, handler);
    }

    private Account named(Exchange exchange) {
        return registry.accounts()
                .findByName(exchange.parameter("account"))
                .orElseThrow(() -> new RouterException.NotFound("account"));
    }

    private void login(Exchange exchange) throws IOException, TimeoutException {
        Login login = exchange.body(Login.class);
        if (login.account() == null || login.password() == null) {
            throw new RouterException.Invalid("account and password are needed");
        }
        exchange.subject(login.account());
        Account account = registry.accounts().login(login.account(), login.password());
        Tokens.Issued issued =
                registry.tokens().issue(account, "login", account.role().scopes(), SESSION);
        exchange.answer(201, new IssuedToken(issued.token(), issued.secret()));
    }

    private OidcTokens provider() {
        return oidc.orElseThrow(() -> new RouterException.NotFound("identity provider"));
    }

    private void loginByProvider(Exchange exchange) throws IOException, TimeoutException {
        OidcTokens provider = provider();
        ProviderLogin login = exchange.body(ProviderLogin.class);
        if (login.idToken() == null) {
            throw new RouterException.Invalid("an idToken is needed");
        }
        OidcTokens.Person person = provider.idToken(login.idToken());
        String issuer = provider.config().issuer().toString();
        Account account = registry.identities().admit(issuer, person.subject(), person.name(), person.role());
        exchange.subject(account.name());
        Tokens.Issued issued =
                registry.tokens().issue(account, "login", account.role().scopes(), SESSION);
        exchange.answer(201, new IssuedToken(issued.token(), issued.secret()));
    }

    private void changePassword(Exchange exchange) throws IOException, TimeoutException {
        PasswordChange change = exchange.body(PasswordChange.class);
        if (change.password() == null) {
            throw new RouterException.Invalid("a password is needed");
        }
        registry.accounts().setPassword(exchange.account().id(), change.password());
        exchange.done();
    }

    private void issueOwn(Exchange exchange) throws IOException, TimeoutException {
        NewToken wanted = wanted(exchange);
        if (!exchange.bearer().token().scopes().containsAll(wanted.scopes())) {
            throw new RouterException.Forbidden("a token cannot make one that may do more");
        }
        issue(exchange, exchange.account(), wanted);
    }

    private void issue(Exchange exchange, Account account) throws IOException, TimeoutException {
        issue(exchange, account, wanted(exchange));
    }

    private static NewToken wanted(Exchange exchange) throws IOException, TimeoutException {
        NewToken wanted = exchange.body(NewToken.class);
        if (wanted.label() == null || wanted.seconds() > Tokens.LONGEST.toSeconds()) {
            throw new RouterException.Invalid("a token has a label and lives at most 366 days");
        }
        if (wanted.scopes() == null || wanted.scopes().isEmpty()) {
            throw new RouterException.Invalid("a token's scopes are named");
        }
        return wanted;
    }

    private void issue(Exchange exchange, Account account, NewToken wanted) {
        Tokens.Issued issued =
                registry.tokens().issue(account, wanted.label(), wanted.scopes(), Duration.ofSeconds(wanted.seconds()));
        exchange.answer(201, new IssuedToken(issued.token(), issued.secret()));
    }

    private void create(Exchange exchange) throws IOException, TimeoutException {
        NewAccount wanted = exchange.body(NewAccount.class);
        if (wanted.name() == null || wanted.role() == null) {
            throw new RouterException.Invalid("name and role are needed");
        }
        exchange.subject(wanted.name());
        exchange.answer(201, registry.accounts().create(wanted.name(), wanted.role(), wanted.password()));
    }

    private void setDisabled(Exchange exchange, boolean disabled) {
        Account account = named(exchange);
        if (disabled && account.id().equals(exchange.account().id())) {
            throw new RouterException.Conflict("an operator cannot disable itself");
        }
        registry.accounts().setDisabled(account.id(), disabled);
        exchange.answer(Map.of("name", account.name(), "disabled", disabled));
    }
}
