package dev.croft.vault.api;

import org.jspecify.annotations.Nullable;

/** What goes wrong in the vault: one sealed family, each member with its data. */
public abstract sealed class VaultException extends RuntimeException
        permits ProblemException, KeyFileException, RelayException, UnreachableException {

    VaultException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
