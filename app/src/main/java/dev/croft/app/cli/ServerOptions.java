package dev.croft.app.cli;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server a command talks to, and as whom. Tokens are in files, never in arguments. */
class ServerOptions extends HomeOption {
    private static final Duration TOKEN = Duration.ofDays(180);

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The router (default: the one that runs from the home).")
    @Nullable
    URI server;

    @Option(names = "--trust", paramLabel = "FILE", description = "PEM certificate that the router's is signed by.")
    @Nullable
    Path trust;

    @Option(names = "--token-file", paramLabel = "FILE", description = "The account's token (default: from the home).")
    @Nullable
    Path tokenFile;

    /** A client with the token of an account that the home knows. */
    RouterClient as(String account) throws IOException {
        return client(token(tokenOf(account)));
    }

    /** Where the token of an account is that the home knows. */
    Path tokenOf(String account) {
        Path file = tokenFile != null ? tokenFile : home().tokens().resolve(fileName(account));
        if (!Files.isRegularFile(file)) {
            throw new CommandException(
                    ExitStatus.INPUT,
                    "no token of " + account + " here; 'croft account create " + account + "' makes one");
        }
        return file;
    }

    RouterClient operator() throws IOException {
        Path file = tokenFile != null ? tokenFile : home().router().resolve("operator.token");
        if (!Files.isRegularFile(file)) {
            throw new CommandException(
                    ExitStatus.INPUT, "no operator's token in " + home().root() + "; 'croft up' makes one");
        }
        return client(token(file));
    }

    /** Makes an account with the operator's token and keeps its token in the home. */
    RouterClient create(String account, Role role) throws IOException {
        RouterClient operator = operator();
        home().create();
        Path file = home().tokens().resolve(fileName(account));
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        operator.createAccount(account, role, null);
        String token = operator.issueTokenFor(account, "croft command", role.scopes(), TOKEN)
                .secret();
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, token + "\n", StandardOpenOption.WRITE);
        return operator.as(token);
    }

    /** A client without a token, for what needs none. */
    RouterClient anyone() throws IOException {
        return client("");
    }

    /** Keeps an account's token in the home, for its user alone, in place of an older one. */
    Path keep(String account, String token) throws IOException {
        Path file = home().create().tokens().resolve(fileName(account));
        PrivateFiles.write(file, (token + "\n").getBytes(StandardCharsets.US_ASCII));
        return file;
    }

    private static String fileName(String account) {
        if (!account.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")) {
            throw new CommandException(ExitStatus.USAGE, "an account's name is of letters, digits, . _ @ and -");
        }
        return account;
    }

    /**
     * The token in a file.
     *
     * @throws CommandException also when others than its user may read or write it: then it may not be theirs alone any more
     */
    static String token(Path file) throws IOException {
        PassphraseOptions.requirePrivate(file);
        if (Files.size(file) > 4096) {
            throw new CommandException(ExitStatus.INPUT, file + " is no token");
        }
        String token = Files.readString(file).strip();
        if (!token.matches("[!-~]{1,1000}")) {
            throw new CommandException(ExitStatus.INPUT, file + " is no token");
        }
        return token;
    }

    private RouterClient client(String token) throws IOException {
        Path certificate = trust != null ? trust : home().router().resolve("ca").resolve("ca.pem");
        if (!Files.isRegularFile(certificate)) {
            throw new CommandException(
                    ExitStatus.UNAVAILABLE,
                    "no server here: start one with 'croft up', or name it with --server and --trust");
        }
        return RouterClient.of(url(), certificate, token);
    }

    URI url() throws IOException {
        if (server != null) {
            if (!"https".equals(server.getScheme()) || server.getHost() == null) {
                throw new CommandException(ExitStatus.USAGE, "--server must be an https URL");
            }
            return server;
        }
        if (!Files.isRegularFile(home().address())) {
            throw new CommandException(
                    ExitStatus.UNAVAILABLE, "no server runs from " + home().root() + ": start one with 'croft up'");
        }
        return URI.create(Files.readString(home().address()).strip());
    }
}
