package dev.croft.router.registry;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Accounts and their local passwords. */
public final class Accounts {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._@-]{0,63}");
    private static final String COLUMNS = "id, name, role, created, disabled";

    private final Strangers strangers = new Strangers();
    private final Database db;
    private final Clock clock;
    private final KnownTokens known;

    Accounts(Database db, Clock clock, KnownTokens known) {
        this.db = db;
        this.clock = clock;
        this.known = known;
    }

    /**
     * Makes an account. Without a password it can only use tokens.
     *
     * @throws RouterException.Invalid when the name or password is not acceptable
     * @throws RouterException.Conflict when the name is taken
     */
    public Account create(String name, Role role, @Nullable String password) {
        if (!NAME.matcher(name).matches()) {
            throw new RouterException.Invalid("an account name is 1 to 64 characters of a-z 0-9 . _ @ -");
        }
        Account account = new Account(UUID.randomUUID().toString(), name, role, clock.instant(), false);
        String hash = password == null ? null : hashed(password);
        int made =
                db.write(handle -> handle.createUpdate("INSERT INTO accounts (id, name, role, password_hash, created)"
                                + " VALUES (:id, :name, :role, :hash, :created) ON CONFLICT DO NOTHING")
                        .bindMethods(account)
                        .bind("hash", hash)
                        .execute());
        if (made == 0) {
            throw new RouterException.Conflict("an account of that name exists");
        }
        return account;
    }

    private static String hashed(String password) {
        if (password.length() < 12 || password.length() > 1024) {
            throw new RouterException.Invalid("a password has 12 to 1024 characters");
        }
        return Passwords.hash(password);
    }

    public Optional<Account> find(String id) {
        return one("id", id);
    }

    public Optional<Account> findByName(String name) {
        return one("name", name);
    }

    private Optional<Account> one(String column, String value) {
        return db.read(
                handle -> handle.createQuery("SELECT " + COLUMNS + " FROM accounts WHERE " + column + " = :value")
                        .bind("value", value)
                        .mapTo(Account.class)
                        .findOne());
    }

    /** All accounts by name, a page of them. */
    public List<Account> list(int offset, int limit) {
        return db.read(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + " FROM accounts ORDER BY name LIMIT :limit OFFSET :offset")
                .bind("limit", limit)
                .bind("offset", offset)
                .mapTo(Account.class)
                .list());
    }

    public boolean any() {
        return !list(0, 1).isEmpty();
    }

    /** Replaces the password; {@code null} leaves tokens only. */
    public void setPassword(String id, @Nullable String password) {
        String hash = password == null ? null : hashed(password);
        db.change(handle -> handle.createUpdate(
                        "UPDATE accounts SET password_hash = :hash, failed_logins = 0, locked_until = NULL WHERE id = :id")
                .bind("hash", hash)
                .bind("id", id)
                .execute());
    }

    /** A disabled account keeps everything and can do nothing, its tokens included. */
    public void setDisabled(String id, boolean disabled) {
        int changed = db.write(handle -> handle.createUpdate("UPDATE accounts SET disabled = :disabled WHERE id = :id")
                .bind("disabled", disabled)
                .bind("id", id)
                .execute());
        known.forget();
        if (changed == 0) {
            throw new RouterException.NotFound("account");
        }
    }

    /** What a password is checked against; failures are counted by the rule of {@link Strangers}. */
    private record Credentials(
            String id,
            @Nullable String passwordHash,
            int failedLogins,
            @Nullable Instant lockedUntil) {}

    /**
     * The account, if name and password fit.
     *
     * @throws RouterException.Unauthenticated when they do not; whether the name exists is not told
     * @throws RouterException.TooMany while locked out, without checking the password
     */
    public Account login(String name, String password) {
        Optional<Credentials> known = db.read(handle -> handle.createQuery(
                        "SELECT id, password_hash, failed_logins, locked_until FROM accounts"
                                + " WHERE name = :name AND NOT disabled")
                .bind("name", name)
                .map((row, context) -> new Credentials(
                        row.getString(1),
                        row.getString(2),
                        row.getInt(3),
                        row.getTimestamp(4) == null ? null : row.getTimestamp(4).toInstant()))
                .findOne());
        Instant now = clock.instant();
        Instant until = known.isPresent() ? known.get().lockedUntil() : strangers.lockedUntil(name);
        if (until != null && now.isBefore(until)) {
            throw new RouterException.TooMany(Duration.between(now, until));
        }
        boolean fits = password.length() <= 1024
                && Passwords.check(
                        password, known.map(Credentials::passwordHash).orElse(null));
        if (known.isEmpty() || !fits) {
            if (known.isPresent()) {
                countFailure(known.get().id(), now);
            } else if (NAME.matcher(name).matches()) {
                strangers.countFailure(name, now);
            }
            throw new RouterException.Unauthenticated();
        }
        String id = known.get().id();
        db.change(handle -> handle.createUpdate(
                        "UPDATE accounts SET failed_logins = 0, locked_until = NULL WHERE id = :id")
                .bind("id", id)
                .execute());
        return find(id).orElseThrow(RouterException.Unauthenticated::new);
    }

    private void countFailure(String id, Instant now) {
        db.change(handle -> {
            handle.createUpdate("UPDATE accounts SET failed_logins = failed_logins + 1 WHERE id = :id")
                    .bind("id", id)
                    .execute();
            int failures = handle.createQuery("SELECT failed_logins FROM accounts WHERE id = :id")
                    .bind("id", id)
                    .mapTo(Integer.class)
                    .one();
            Instant until = Strangers.lockedUntil(failures, now);
            if (until != null) {
                handle.createUpdate("UPDATE accounts SET locked_until = :until WHERE id = :id")
                        .bind("until", until)
                        .bind("id", id)
                        .execute();
            }
        });
    }
}
