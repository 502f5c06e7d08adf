package dev.croft.app.cli;

import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Passphrase;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a key is made from a passphrase where no Croft says so: by a name that its owner remembers, or a salt that they wrote down. */
final class RecoveryOptions {
    @Option(
            names = "--recovery-name",
            paramLabel = "NAME",
            description = "With a passphrase for a key: what its salt is made from (default: the account's name).")
    @Nullable
    String name;

    @Option(
            names = "--salt",
            paramLabel = "SALT",
            description = "With a passphrase for a key: the salt on the recovery sheet, in place of a name.")
    @Nullable
    String salt;

    /** The parameters of the account's key. */
    Passphrase parameters(String account) {
        if (name != null && salt != null) {
            throw new CommandException(ExitStatus.USAGE, "give --recovery-name or --salt, not both");
        }
        try {
            return salt == null
                    ? Passphrase.named(name == null ? account : name)
                    : Passphrase.recommended(Base64Url.decode(salt));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, "--recovery-name or --salt: " + e.getMessage());
        }
    }
}
