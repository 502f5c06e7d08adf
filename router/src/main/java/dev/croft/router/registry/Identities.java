package dev.croft.router.registry;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Accounts of people whom an identity provider vouches for, found by issuer and subject and by nothing else. */
public final class Identities {

    private static final String FIND = "SELECT a.id, a.name, a.role, a.created, a.disabled FROM accounts a"
            + " JOIN identities i ON i.account_id = a.id WHERE i.issuer = :issuer AND i.subject = :subject";
    /** Names that stand for something else in the audit trail. */
    private static final Set<String> RESERVED = Set.of("router", "anonymous", "operator", "root");

    private final Database db;
    private final Clock clock;
    private final KnownTokens known;

    Identities(Database db, Clock clock, KnownTokens known) {
        this.db = db;
        this.clock = clock;
        this.known = known;
    }

    /**
     * The account of that person, made when they come for the first time; its role is what the provider says now. An account that was
     * here before is never given to them, whatever they are called.
     *
     * @param called how the provider names them, of which the account's name is made
     * @param role {@code null} when the provider gives them none any more: then the account's tokens end
     * @throws RouterException.Forbidden without a role
     * @throws RouterException.Unauthenticated when the account is disabled
     */
    public Account admit(String issuer, String subject, @Nullable String called, @Nullable Role role) {
        Optional<Account> there = db.read(handle -> find(handle, issuer, subject));
        if (role == null) {
            there.ifPresent(this::dismiss);
            throw new RouterException.Forbidden("in no group that has a role here");
        }
        if (there.isEmpty() || there.get().role() != role) {
            there = Optional.of(db.write(handle -> find(handle, issuer, subject)
                    .map(account -> withRole(handle, account, role))
                    .orElseGet(() -> make(handle, issuer, subject, called, role))));
            known.forget();
        }
        return there.filter(account -> !account.disabled()).orElseThrow(RouterException.Unauthenticated::new);
    }

    private void dismiss(Account account) {
        db.change(handle -> handle.createUpdate(
                        "UPDATE api_tokens SET revoked = :now WHERE account_id = :account AND revoked IS NULL")
                .bind("now", clock.instant())
                .bind("account", account.id())
                .execute());
        known.forget();
    }

    private static Optional<Account> find(Handle handle, String issuer, String subject) {
        return handle.createQuery(FIND)
                .bind("issuer", issuer)
                .bind("subject", subject)
                .mapTo(Account.class)
                .findOne();
    }

    private static Account withRole(Handle handle, Account account, Role role) {
        handle.createUpdate("UPDATE accounts SET role = :role WHERE id = :id")
                .bind("role", role)
                .bind("id", account.id())
                .execute();
        return new Account(account.id(), account.name(), role, account.created(), account.disabled());
    }

    private Account make(Handle handle, String issuer, String subject, @Nullable String called, Role role) {
        String base = plain(called);
        String unlike = base + "-" + fingerprint(issuer, subject);
        for (String name : RESERVED.contains(base) ? List.of(unlike) : List.of(base, unlike)) {
            Account account = new Account(UUID.randomUUID().toString(), name, role, clock.instant(), false);
            int made = handle.createUpdate("INSERT INTO accounts (id, name, role, created)"
                            + " VALUES (:id, :name, :role, :created) ON CONFLICT DO NOTHING")
                    .bindMethods(account)
                    .execute();
            if (made == 1) {
                handle.createUpdate(
                                "INSERT INTO identities (issuer, subject, account_id) VALUES (:issuer, :subject, :account)")
                        .bind("issuer", issuer)
                        .bind("subject", subject)
                        .bind("account", account.id())
                        .execute();
                return account;
            }
        }
        throw new RouterException.Conflict("an account of that name exists");
    }

    private static String plain(@Nullable String called) {
        String name = called == null
                ? ""
                : called.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9._@-]+", "-")
                        .replaceAll("^[^a-z0-9]+", "");
        return name.isEmpty() ? "person" : name.substring(0, Math.min(name.length(), 50));
    }

    private static String fingerprint(String issuer, String subject) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((issuer + "\n" + subject).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
