package dev.croft.router.http;

import dev.croft.router.Role;
import dev.croft.router.Scope;
import java.util.EnumSet;
import java.util.Set;

/**
 * One route of the API: the only place where it is said who may use it. A route without an {@link Access} cannot be built, so
 * nothing is open by omission.
 *
 * @param path under {@code /api/v1}, with {@code {parameters}}
 * @param maxBody largest body in bytes; 0 for none
 * @param place which of several routers answers it
 */
public record Route(Method method, String path, Access access, long maxBody, Place place, Handler handler) {

    /** Largest body of an ordinary JSON request. */
    public static final long JSON_BODY = 64 * 1024;

    public enum Method {
        GET,
        POST,
        PUT,
        DELETE
    }

    /** Who may use a route. */
    public sealed interface Access {
        /** Anyone, without a token. */
        record Anyone() implements Access {}

        /** Another router of this registry, by its certificate. */
        record Routers() implements Access {}

        /** An account of one of these roles, by a token that carries this scope. */
        record Accounts(Set<Role> roles, Scope scope) implements Access {
            public Accounts {
                roles = Set.copyOf(roles);
            }

            /** Whether a token of such an account is enough. */
            public boolean admits(Role role, Set<Scope> scopes) {
                return roles.contains(role) && scopes.contains(scope);
            }
        }
    }

    /** Which of several routers over one registry answers. */
    public enum Place {
        /** Whichever is asked. */
        HERE,
        /** The one that the private cloud in the path is at. */
        HOME,
        /** The one that leads. */
        LEADER
    }

    /** Answers a request that was let in. */
    @FunctionalInterface
    public interface Handler {
        void handle(Exchange exchange) throws Exception;
    }

    /** Open to anyone. */
    static Route open(Method method, String path, Handler handler) {
        return new Route(method, path, new Access.Anyone(), method == Method.GET ? 0 : JSON_BODY, Place.HERE, handler);
    }

    /** For other routers of this registry. */
    static Route forRouters(Method method, String path, Handler handler) {
        return new Route(method, path, new Access.Routers(), method == Method.GET ? 0 : JSON_BODY, Place.HERE, handler);
    }

    /** For every role. */
    static Route any(Method method, String path, Scope scope, Handler handler) {
        return forRoles(method, path, EnumSet.allOf(Role.class), scope, handler);
    }

    static Route forRole(Method method, String path, Role role, Scope scope, Handler handler) {
        return forRoles(method, path, EnumSet.of(role), scope, handler);
    }

    static Route forRoles(Method method, String path, Set<Role> roles, Scope scope, Handler handler) {
        boolean body = method == Method.POST || method == Method.PUT;
        return new Route(method, path, new Access.Accounts(roles, scope), body ? JSON_BODY : 0, Place.HERE, handler);
    }

    Route withMaxBody(long bytes) {
        return new Route(method, path, access, bytes, place, handler);
    }

    /** Answered where its private cloud is. */
    Route atHome() {
        return new Route(method, path, access, maxBody, Place.HOME, handler);
    }

    /** Answered by the router that leads. */
    Route atLeader() {
        return new Route(method, path, access, maxBody, Place.LEADER, handler);
    }
}
