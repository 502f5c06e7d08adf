package dev.croft.operator.clouds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for of a private cloud, by whoever may write the resource. Nothing in it can reach an owner's data.
 *
 * @param account the id of the account whose it is, which tells nobody its name; set back to the registry's if somebody changes it
 * @param desired {@code null} is {@link Desired#Automatic}
 * @param hosting which process it lives in; {@code null}: as it is. Followed towards {@link Hosting#Own} alone
 * @param idleSeconds idle time after which this one sleeps, in place of its account's; {@code null}: its account's
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CloudSpec(
        @Nullable String account,
        @Nullable Desired desired,
        @Nullable Hosting hosting,
        @Nullable Long idleSeconds) {
    /** Of a resource without one. */
    public static final CloudSpec NONE = new CloudSpec(null, null, null, null);

    /** What it is to do. */
    public enum Desired {
        /** What the router decides: it sleeps when it is idle and wakes when it is used. */
        Automatic,
        /** It is woken and does not sleep from idleness. */
        Awake,
        /** It sleeps as soon as nobody uses it. Its owner's requests still wake it, for as long as they last. */
        Asleep
    }

    /** Which process it lives in. */
    public enum Hosting {
        /** The host that many share. */
        Shared,
        /** A host of its own. */
        Own
    }

    Desired wish() {
        return desired == null ? Desired.Automatic : desired;
    }

    CloudSpec withAccount(String name) {
        return new CloudSpec(name, desired, hosting, idleSeconds);
    }
}
