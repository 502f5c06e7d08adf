package dev.croft.router.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.lifecycle.AccountPolicy;
import dev.croft.router.lifecycle.Decision;
import dev.croft.router.lifecycle.Explanation;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What holds for an account's private clouds: when they sleep, where else they are; and what was decided of each and why. */
public final class Policies {
    private static final String REPLICAS = "replicas";
    private static final String LIFECYCLE = "lifecycle";

    private final Database db;

    Policies(Database db) {
        this.db = db;
    }

    /** When an account's private clouds sleep. */
    public AccountPolicy lifecycle(String account) {
        return read(account, LIFECYCLE, AccountPolicy.class).orElse(AccountPolicy.STANDARD);
    }

    /** The policies of all accounts that have one. */
    public Map<String, AccountPolicy> lifecycles() {
        return db.read(handle -> {
            Map<String, AccountPolicy> all = new HashMap<>();
            handle.createQuery("SELECT account_id, value FROM account_policies WHERE name = :name")
                    .bind("name", LIFECYCLE)
                    .map((row, context) -> Map.entry(row.getString(1), parse(row.getString(2), AccountPolicy.class)))
                    .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
            return all;
        });
    }

    public void setLifecycle(String account, AccountPolicy policy) {
        write(account, LIFECYCLE, policy);
    }

    /** Where an account's private clouds are to be besides their host, unless told otherwise. */
    public Optional<Replicas> replicas(String account) {
        return read(account, REPLICAS, Replicas.class);
    }

    /** @param replicas {@code null}: as the installation has it */
    public void setReplicas(String account, @Nullable Replicas replicas) {
        write(account, REPLICAS, replicas);
    }

    private <T> Optional<T> read(String account, String name, Class<T> type) {
        return db.read(handle -> handle.createQuery(
                                "SELECT value FROM account_policies WHERE account_id = :account AND name = :name")
                        .bind("account", account)
                        .bind("name", name)
                        .mapTo(String.class)
                        .findOne())
                .map(json -> parse(json, type));
    }

    private void write(String account, String name, @Nullable Object value) {
        String json = value == null ? null : text(value);
        db.change(handle -> {
            handle.createUpdate("DELETE FROM account_policies WHERE account_id = :account AND name = :name")
                    .bind("account", account)
                    .bind("name", name)
                    .execute();
            if (json != null) {
                handle.createUpdate("INSERT INTO account_policies (account_id, name, value)"
                                + " VALUES (:account, :name, :value)")
                        .bind("account", account)
                        .bind("name", name)
                        .bind("value", json)
                        .execute();
            }
        });
    }

    private static String text(Object value) {
        try {
            return Json.shared().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a policy is plain JSON", e);
        }
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            return Json.shared().readValue(json, type);
        } catch (IOException e) {
            throw new RouterException.Broken("a policy in the registry cannot be read", e);
        }
    }

    /** Records what was done to a private cloud, in place of what was done before. */
    public void done(Decision decision, Instant at) {
        db.change(handle -> {
            handle.createUpdate("DELETE FROM lifecycle_decisions WHERE cloud_id = :cloud")
                    .bind("cloud", decision.cloud())
                    .execute();
            handle.createUpdate("INSERT INTO lifecycle_decisions (cloud_id, value)"
                            + " SELECT id, :value FROM private_clouds WHERE id = :cloud")
                    .bind("cloud", decision.cloud())
                    .bind(
                            "value",
                            text(new Explanation.Done(decision.action(), decision.reason(), decision.detail(), at)))
                    .execute();
        });
    }

    /** What was last done by itself to each private cloud that sleeps. */
    public Map<String, Explanation.Done> lastOfSleeping() {
        return db.read(handle -> {
            Map<String, Explanation.Done> all = new HashMap<>();
            handle.createQuery("SELECT d.cloud_id, d.value FROM lifecycle_decisions d"
                            + " JOIN private_clouds c ON c.id = d.cloud_id WHERE c.state = :state")
                    .bind("state", PrivateCloud.State.HIBERNATED)
                    .map((row, context) -> Map.entry(row.getString(1), parse(row.getString(2), Explanation.Done.class)))
                    .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
            return all;
        });
    }

    /** What was last done to a private cloud by itself. */
    public Optional<Explanation.Done> last(String cloud) {
        return db.read(handle -> handle.createQuery("SELECT value FROM lifecycle_decisions WHERE cloud_id = :cloud")
                        .bind("cloud", cloud)
                        .mapTo(String.class)
                        .findOne())
                .map(json -> parse(json, Explanation.Done.class));
    }
}
