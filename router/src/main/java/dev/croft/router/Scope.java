package dev.croft.router;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a token may be used for; a route asks for exactly one. */
public enum Scope {
    /** The account itself: who am I, its password and its tokens. */
    ACCOUNT,
    /** Private clouds: create, list, wake, hibernate, delete. */
    CLOUDS,
    /** Calls to a permission manager, which checks the owner's proof or grant itself. */
    DATA,
    /** Launches of services. */
    SERVICES,
    /** The service catalogue. */
    CATALOGUE,
    /** Queries across private clouds. */
    QUERIES,
    /** Budget blocks and the claims on them. */
    BUDGET,
    /** Accounts of others, hosts and the audit trail. */
    OPERATE;

    /** The name on the wire and in the registry. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The scope of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Scope ofWireName(String name) {
        return Arrays.stream(values())
                .filter(scope -> scope.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such scope"));
    }

    /** Space-separated wire names, in declaration order. */
    public static String join(Set<Scope> scopes) {
        return scopes.stream().sorted().map(Scope::wireName).collect(Collectors.joining(" "));
    }

    /** The inverse of {@link #join}. */
    public static Set<Scope> split(String joined) {
        EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String name : joined.split(" ")) {
            if (!name.isEmpty()) {
                scopes.add(ofWireName(name));
            }
        }
        return Set.copyOf(scopes);
    }
}
