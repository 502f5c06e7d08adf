package dev.croft.router;

import java.util.EnumSet;
import java.util.Set;

/** What an account is for. A role bounds the scopes that its tokens may carry. */
public enum Role {
    /** A person (or organization) with private clouds. */
    OWNER(EnumSet.of(Scope.ACCOUNT, Scope.CLOUDS, Scope.DATA, Scope.SERVICES, Scope.CATALOGUE)),
    /** Someone who asks queries across people, or reads under a grant. */
    ANALYST(EnumSet.of(Scope.ACCOUNT, Scope.DATA, Scope.QUERIES, Scope.BUDGET, Scope.CATALOGUE)),
    /** Runs this router. Sees that private clouds exist, never what is in them. */
    OPERATOR(EnumSet.of(Scope.ACCOUNT, Scope.CLOUDS, Scope.SERVICES, Scope.CATALOGUE, Scope.BUDGET, Scope.OPERATE));

    private final Set<Scope> scopes;

    Role(Set<Scope> scopes) {
        this.scopes = Set.copyOf(scopes);
    }

    /** Every scope a token of this role may carry. */
    public Set<Scope> scopes() {
        return scopes;
    }
}
