package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code croft logout}: ends the token that the home keeps of an account. */
@Command(
        name = "logout",
        description = {
            "End an account's token at the router, and delete it here.",
            "When the router does not answer or does not know it, it is deleted here all the same."
        })
final class LogoutCommand extends Subcommand {
    /** A token of a router; its id is no secret. */
    private static final Pattern ISSUED = Pattern.compile("croft_([0-9a-f]{16})_.*");

    @Mixin
    ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "NAME", description = "Name of the account.")
    String name;

    @Override
    ExitStatus run(Output output) throws IOException {
        Path file = server.tokenOf(name);
        String token = ServerOptions.token(file);
        Matcher issued = ISSUED.matcher(token);
        String ended;
        try {
            if (issued.matches()) {
                try (RouterClient client = server.as(name)) {
                    client.revokeToken(issued.group(1));
                }
                ended = "ended";
            } else {
                ended = "none of the router's: it ends where it was issued";
            }
        } catch (RouterClient.Refused e) {
            ended = switch (e.status()) {
                case 401, 404 -> "ended before";
                case 403 -> "not ended, as it may not do that: an operator can";
                default -> throw e;
            };
        } finally {
            Files.deleteIfExists(file);
        }
        output.line("%s is logged out here; the token is %s", name, ended);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("account", name);
        result.put("token", ended);
        output.result(result);
        return ExitStatus.OK;
    }
}
