package dev.croft.app.cli;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.KeyFileException;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.Signer;
import dev.croft.vault.store.Replication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An owner: a key file or a passphrase, and the account of the router that goes with it. */
final class OwnerOptions extends ServerOptions {
    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "The owner's key file; left out where the key is made from a passphrase.")
    @Nullable
    Path keyFile;

    @Option(
            names = "--as",
            paramLabel = "ACCOUNT",
            description = "The owner's account (default: the key file's name); needed without a key file.")
    @Nullable
    String account;

    @Option(
            names = "--cloud",
            paramLabel = "ID",
            description = "Without a key file: the private cloud, where the account has several.")
    @Nullable
    String cloud;

    @Mixin
    PassphraseOptions passphrase = new PassphraseOptions();

    private @Nullable OwnerKey key;

    OwnerKey key() throws IOException {
        if (key == null) {
            key = keyFile == null ? fromPassphrase() : load(keyFile, passphrase);
        }
        return key;
    }

    /** The key in a file, which a passphrase may seal. */
    static OwnerKey load(Path file, PassphraseOptions passphrase) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        char[] phrase = passphrase.read();
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

    /** The key in a file; asks on the terminal for the passphrase if {@code sealed}. */
    static OwnerKey load(Path file, boolean sealed) throws IOException {
        PassphraseOptions asked = new PassphraseOptions();
        asked.ask = sealed;
        return load(file, asked);
    }

    /**
     * The key where no Croft knows the private cloud: of its file, or of the passphrase if the servers hold what that opens.
     *
     * @return how it is made from the passphrase; {@code null} with a file
     */
    @Nullable
    Passphrase keyAtServers(RecoveryOptions recovery, Replicas servers) throws IOException {
        if (keyFile != null) {
            key();
            return null;
        }
        Passphrase parameters = recovery.parameters(name());
        key = passphrase.key(
                parameters,
                made -> Replication.holds(made, servers),
                "key-refused: the capsule servers hold nothing that this passphrase opens, with the salt of that name");
        return parameters;
    }

    /** The private cloud says by which parameters its key is made from a passphrase. */
    private OwnerKey fromPassphrase() throws IOException {
        name();
        if (!passphrase.given()) {
            throw new CommandException(
                    ExitStatus.USAGE, "name the key file with --key, or give --passphrase or --passphrase-file");
        }
        try (RouterClient router = as(name())) {
            String id = cloud != null ? cloud : only(router.clouds());
            CloudStatus status = router.pm(id).cloud(id);
            if (status.passphrase() == null) {
                throw new CommandException(
                        ExitStatus.INPUT,
                        "the key of private cloud " + id + " is not made from a passphrase: use --key");
            }
            return passphrase.key(status.passphrase(), id);
        }
    }

    private static String only(List<PrivateCloud> clouds) {
        if (clouds.size() != 1) {
            throw new CommandException(
                    ExitStatus.USAGE, "the account has " + clouds.size() + " private clouds: name one with --cloud");
        }
        return clouds.getFirst().id();
    }

    RouterClient router() throws IOException {
        // First, so that what is said of a file that is no key is about the file.
        key();
        return as(name());
    }

    /** The same; the account is made if the home knows none of that name. */
    RouterClient routerOrNew() throws IOException {
        key();
        return accountOrNew();
    }

    /** The same, before there is a key. */
    RouterClient accountOrNew() throws IOException {
        return hasAccount() ? as(name()) : create(name(), Role.OWNER);
    }

    /** Whether the home knows the account. */
    boolean hasAccount() {
        return Files.isRegularFile(home().tokens().resolve(name())) || tokenFile != null;
    }

    String name() {
        if (account != null) {
            return account;
        }
        if (keyFile == null) {
            throw new CommandException(
                    ExitStatus.USAGE,
                    "name the owner's key file with --key, or the account with --as and a passphrase");
        }
        return keyFile.getFileName().toString().replaceFirst("\\.key$", "");
    }

    String cloudId() throws IOException {
        return key().cloudId();
    }

    /** The private cloud as its owner may use it. */
    CloudClient cloud() throws IOException {
        return router().pm(cloudId()).as(Signer.owner(key()));
    }
}
