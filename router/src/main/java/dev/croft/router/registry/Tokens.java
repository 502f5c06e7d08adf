package dev.croft.router.registry;

import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * API tokens: {@code croft_<id>_<secret>}, a public 64-bit id to find the row and a secret of 256 random bits. A stolen registry
 * holds only SHA-256 hashes of the secrets, which need no salt nor stretching at that entropy.
 */
public final class Tokens {

    /** Longest lifetime of a token. */
    public static final Duration LONGEST = Duration.ofDays(366);

    private static final Pattern FORM = Pattern.compile("croft_([0-9a-f]{16})_([A-Za-z0-9_-]{43})");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database db;
    private final Clock clock;
    private final KnownTokens known;

    Tokens(Database db, Clock clock, KnownTokens known) {
        this.db = db;
        this.clock = clock;
        this.known = known;
    }

    /** A new token: {@code secret} is the bearer value, returned once. */
    public record Issued(ApiToken token, String secret) {
        @Override
        public String toString() {
            return "Issued[token=" + token + "]";
        }
    }

    /** A token that was found valid, and its account. */
    public record Bearer(Account account, ApiToken token) {}

    record Row(
            String id,
            String accountId,
            String label,
            byte[] hash,
            String scopes,
            Instant created,
            Instant expires,
            @Nullable Instant revoked) {
        ApiToken token() {
            return new ApiToken(id, accountId, label, Scope.split(scopes), created, expires, revoked);
        }
    }

    /**
     * Issues a token.
     *
     * @param scopes not empty, and within what the account's role allows
     * @param lifetime positive, up to {@link #LONGEST}
     */
    public Issued issue(Account account, String label, Set<Scope> scopes, Duration lifetime) {
        if (scopes.isEmpty() || !account.role().scopes().containsAll(scopes)) {
            throw new RouterException.Invalid("a token has at least one scope, and only scopes of its account's role");
        }
        if (lifetime.isNegative() || lifetime.isZero() || lifetime.compareTo(LONGEST) > 0) {
            throw new RouterException.Invalid("a token lives between 1 second and 366 days");
        }
        if (label.isBlank() || label.length() > 128) {
            throw new RouterException.Invalid("a token's label has 1 to 128 characters");
        }
        byte[] random = new byte[8 + 32];
        RANDOM.nextBytes(random);
        String id = HexFormat.of().formatHex(random, 0, 8);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(random, 8, 40));
        Instant now = clock.instant();
        ApiToken token = new ApiToken(id, account.id(), label, Set.copyOf(scopes), now, now.plus(lifetime), null);
        db.change(handle -> handle.createUpdate(
                        "INSERT INTO api_tokens (id, account_id, label, hash, scopes, created, expires)"
                                + " VALUES (:id, :account, :label, :hash, :scopes, :created, :expires)")
                .bind("id", id)
                .bind("account", account.id())
                .bind("label", label)
                .bind("hash", sha256(secret))
                .bind("scopes", Scope.join(scopes))
                .bind("created", token.created())
                .bind("expires", token.expires())
                .execute());
        return new Issued(token, "croft_" + id + "_" + secret);
    }

    /** The account behind a bearer value, if it is a token of ours, neither expired nor revoked, of an enabled account. */
    public Optional<Bearer> authenticate(String bearer) {
        Matcher form = FORM.matcher(bearer);
        if (!form.matches()) {
            return Optional.empty();
        }
        String id = form.group(1);
        byte[] hash = sha256(form.group(2));
        Instant now = clock.instant();
        KnownTokens.Known at = known.find(id, now);
        if (at == null) {
            at = look(id, now);
        }
        return at != null
                        && MessageDigest.isEqual(at.hash(), hash)
                        && now.isBefore(at.bearer().token().expires())
                ? Optional.of(at.bearer())
                : Optional.empty();
    }

    /** A token that is not revoked, of an enabled account. */
    private KnownTokens.@Nullable Known look(String id, Instant now) {
        long before = known.changes();
        Row row = find(id).orElse(null);
        if (row == null || row.revoked() != null) {
            return null;
        }
        Account account = db.read(handle -> handle.createQuery(
                        "SELECT id, name, role, created, disabled FROM accounts WHERE id = :id AND NOT disabled")
                .bind("id", row.accountId())
                .mapTo(Account.class)
                .findOne()
                .orElse(null));
        if (account == null) {
            return null;
        }
        var found = new KnownTokens.Known(row.hash(), new Bearer(account, row.token()), now);
        known.remember(id, found, before);
        return found;
    }

    private Optional<Row> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM api_tokens WHERE id = :id")
                .bind("id", id)
                .mapTo(Row.class)
                .findOne());
    }

    /** An account's tokens, newest first. */
    public List<ApiToken> list(String accountId) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM api_tokens WHERE account_id = :account ORDER BY created DESC, id LIMIT 1000")
                .bind("account", accountId)
                .mapTo(Row.class)
                .map(Row::token)
                .list());
    }

    /** Revokes a token of that account, effective at once. Revoking again changes nothing. */
    public void revoke(String accountId, String id) {
        int revoked = db.write(handle -> handle.createUpdate(
                        "UPDATE api_tokens SET revoked = COALESCE(revoked, :now) WHERE id = :id AND account_id = :account")
                .bind("now", clock.instant())
                .bind("id", id)
                .bind("account", accountId)
                .execute());
        known.forget();
        if (revoked == 0) {
            throw new RouterException.NotFound("token");
        }
    }

    /** Deletes tokens that expired before then. */
    public int forgetExpiredBefore(Instant then) {
        return db.write(handle -> handle.createUpdate("DELETE FROM api_tokens WHERE expires < :then")
                .bind("then", then)
                .execute());
    }

    private static byte[] sha256(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
