package dev.croft.router.registry;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Argon2id hashes of account passwords, with the parameters OWASP recommends (19 MiB, two passes). Hashing is bounded to a few
 * at a time, since a flood of logins would otherwise take 19 MiB each.
 */
final class Passwords {

    private static final Argon2Function ARGON2ID = Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID);
    private static final Semaphore AT_ONCE = new Semaphore(2, true);
    private static final String NOBODY = hash("nobody has this password");

    private Passwords() {}

    static String hash(String password) {
        AT_ONCE.acquireUninterruptibly();
        try {
            return Password.hash(password).addRandomSalt(16).with(ARGON2ID).getResult();
        } finally {
            AT_ONCE.release();
        }
    }

    /** Whether the password fits. Without a hash it takes as long and answers no, so that names cannot be probed by time. */
    static boolean check(String password, @Nullable String hash) {
        AT_ONCE.acquireUninterruptibly();
        try {
            boolean fits = Password.check(password, hash == null ? NOBODY : hash)
                    .with(Argon2Function.getInstanceFromHash(hash == null ? NOBODY : hash));
            return fits && hash != null;
        } finally {
            AT_ONCE.release();
        }
    }
}
