package dev.croft.vault.grants;

import dev.croft.vault.api.Grant;
import java.util.Optional;

/** Who makes a request, once that is proven. */
public sealed interface Caller {
    /** The owner: may do everything. */
    record Owner() implements Caller {
        @Override
        public String label() {
            return "owner";
        }

        @Override
        public Optional<Grant> grant() {
            return Optional.empty();
        }
    }

    /** Whoever holds the key of a grant. */
    record GrantHolder(Grant held) implements Caller {
        @Override
        public String label() {
            return "grant:" + held.id();
        }

        @Override
        public Optional<Grant> grant() {
            return Optional.of(held);
        }
    }

    /** A service at its door. */
    record AtDoor(String launch, Grant held) implements Caller {
        @Override
        public String label() {
            return "door:" + launch + "/" + held.id();
        }

        @Override
        public Optional<Grant> grant() {
            return Optional.of(held);
        }
    }

    /** How the audit names the caller. */
    String label();

    /** The grant in use; empty for the owner. */
    Optional<Grant> grant();
}
