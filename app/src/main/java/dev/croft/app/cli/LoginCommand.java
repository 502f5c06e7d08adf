package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.oidc.DeviceLogin;
import dev.croft.router.oidc.OidcHttp;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft login}: a token of twelve hours, by the identity provider or by a local password. */
@Command(
        name = "login",
        description = {
            "Log in, and keep the token in the home.",
            "Without NAME at the router's OpenID Connect provider: open the page that is shown, in any browser, and approve.",
            "With NAME by that account's password."
        })
final class LoginCommand extends Subcommand {
    private static final int LONGEST = 4096;

    @Mixin
    ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "A local account.")
    @Nullable
    String name;

    @Option(
            names = "--issuer",
            paramLabel = "URL",
            description = "Log in there and nowhere else: refuse if the router takes another provider.")
    @Nullable
    URI issuer;

    @Option(
            names = "--provider-trust",
            paramLabel = "FILE",
            description = "PEM certificate that the provider's is signed by (default: those that Java trusts).")
    @Nullable
    Path providerTrust;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Where NAME's password is (default: asked on the terminal).")
    @Nullable
    Path passwordFile;

    @Override
    ExitStatus run(Output output) throws Exception {
        if (name == null ? passwordFile != null : issuer != null || providerTrust != null) {
            throw new CommandException(
                    ExitStatus.USAGE, "--password-file goes with NAME, --issuer and --provider-trust without");
        }
        try (RouterClient router = server.anyone()) {
            AccountRoutes.IssuedToken issued =
                    name == null ? router.loginByProvider(idToken(router, output)) : router.login(name, password());
            String account = router.as(issued.secret()).account().name();
            Path file = server.keep(account, issued.secret());
            output.line(
                    "%s, until %s; the token is in %s", account, issued.token().expires(), file);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("account", account);
            result.put("expires", issued.token().expires().toString());
            result.put("tokenFile", file.toString());
            output.result(result);
            return ExitStatus.OK;
        }
    }

    private String idToken(RouterClient router, Output output) throws InterruptedException {
        AccountRoutes.Provider provider = router.provider();
        if (issuer != null && !issuer.toString().equals(provider.issuer())) {
            throw new CommandException(ExitStatus.REFUSED, "the router takes logins of " + provider.issuer() + " only");
        }
        try (OidcHttp http = new OidcHttp(Optional.ofNullable(providerTrust))) {
            return new DeviceLogin(http, Thread::sleep)
                    .run(URI.create(provider.issuer()), provider.clientId(), prompt -> {
                        output.warn("open %s and enter %s", prompt.page(), prompt.code());
                        prompt.complete().ifPresent(page -> output.warn("or open %s", page));
                    });
        }
    }

    private String password() throws IOException {
        if (passwordFile != null) {
            if (Files.size(passwordFile) > LONGEST) {
                throw new CommandException(ExitStatus.INPUT, passwordFile + " is no password");
            }
            return Files.readString(passwordFile).strip();
        }
        if (System.console() == null || !System.console().isTerminal()) {
            throw new CommandException(ExitStatus.USAGE, "no terminal to ask on: give --password-file");
        }
        char[] typed = System.console().readPassword("Password of %s: ", name);
        if (typed == null) {
            throw new CommandException(ExitStatus.INTERRUPTED, "no password");
        }
        return new String(typed);
    }
}
