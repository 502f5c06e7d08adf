package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
    @Mixin
    ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "NAME", description = "Name of the account.")
    String name;

    @Override
    ExitStatus run(Output output) throws IOException {
        Path file = server.tokenOf(name);
        String token = ServerOptions.token(file);
        String ended;
        try (RouterClient client = server.as(name)) {
            // The id is the part of a token that is no secret.
            client.revokeToken(token.split("_", 3)[1]);
            ended = "ended";
        } catch (RouterClient.Refused e) {
            // 401: it had ended before. 403: a token that may not end any, itself included.
            ended = e.status() == 403 ? "not ended, as it may not do that: an operator can" : "ended before";
        } catch (ArrayIndexOutOfBoundsException e) {
            ended = "none of the router's: it ends where it was issued";
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
