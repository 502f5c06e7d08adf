package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.KeyFileException;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An owner: a key file, and the account of the router that goes with it. */
final class OwnerOptions extends ServerOptions {
    @Option(names = "--key", required = true, paramLabel = "FILE", description = "The owner's key file.")
    Path keyFile = Path.of("");

    @Option(names = "--as", paramLabel = "ACCOUNT", description = "The owner's account (default: the key file's name).")
    @Nullable
    String account;

    @Option(names = "--passphrase", description = "Ask for the passphrase that seals the key file.")
    boolean passphrase;

    private @Nullable OwnerKey key;

    OwnerKey key() throws IOException {
        if (key == null) {
            key = load(keyFile, passphrase);
        }
        return key;
    }

    /** The key in a file; asks for the passphrase if {@code sealed}. */
    static OwnerKey load(Path file, boolean sealed) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        char[] phrase = sealed ? ask("Passphrase: ") : null;
        try {
            return OwnerKey.load(file, phrase);
        } catch (KeyFileException e) {
            throw new CommandException(ExitStatus.INPUT, file + ": " + e.getMessage(), e);
        } finally {
            if (phrase != null) {
                Arrays.fill(phrase, '\0');
            }
        }
    }

    RouterClient router() throws IOException {
        // First, so that what is said of a file that is no key is about the file.
        key();
        return as(name());
    }

    String name() {
        return account != null ? account : keyFile.getFileName().toString().replaceFirst("\\.key$", "");
    }

    String cloudId() throws IOException {
        return key().cloudId();
    }

    /** The private cloud as its owner may use it. */
    CloudClient cloud() throws IOException {
        return router().pm(cloudId()).as(Signer.owner(key()));
    }

    static char[] ask(String prompt) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CommandException(ExitStatus.INPUT, "a passphrase is asked for on a terminal only");
        }
        char[] phrase = console.readPassword("%s", prompt);
        if (phrase == null || phrase.length == 0) {
            throw new CommandException(ExitStatus.INPUT, "no passphrase was given");
        }
        return phrase;
    }
}
