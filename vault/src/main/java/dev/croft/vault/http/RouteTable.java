package dev.croft.vault.http;

import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the route of a request. Paths are taken apart before they are decoded, and nothing in a path ever names a file. */
public final class RouteTable {
    private static final int MOST_PATH = 1024;
    private static final Pattern PARAMETER = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

    private RouteTable() {}

    /**
     * A route and what its path names.
     *
     * @param parameters in the order of the template
     */
    public record Match(PmRoute route, List<String> parameters) {
        /** The private cloud, which is the first of every path that has any. */
        public String cloud() {
            return parameters.getFirst();
        }
    }

    /**
     * The route of {@code method} and {@code path}.
     *
     * @throws ProblemException {@link ProblemCode#UNKNOWN_ROUTE} or {@link ProblemCode#METHOD_NOT_ALLOWED}
     */
    public static Match find(String method, String path) {
        if (path.length() > MOST_PATH || !path.startsWith("/")) {
            throw new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
        }
        List<String> segments = List.of(path.substring(1).split("/", -1));
        boolean otherMethod = false;
        for (PmRoute route : PmRoute.values()) {
            List<String> parameters = match(route.segments(), segments);
            if (parameters != null) {
                if (route.method().equals(method)) {
                    return new Match(route, parameters);
                }
                otherMethod = true;
            }
        }
        throw otherMethod
                ? new ProblemException(ProblemCode.METHOD_NOT_ALLOWED, "the route takes another method")
                : new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
    }

    private static @Nullable List<String> match(List<String> template, List<String> segments) {
        if (template.size() != segments.size()) {
            return null;
        }
        var parameters = new ArrayList<String>();
        for (int i = 0; i < template.size(); i++) {
            if (!template.get(i).startsWith("{")) {
                if (!template.get(i).equals(segments.get(i))) {
                    return null;
                }
                continue;
            }
            String decoded = Request.decode(segments.get(i));
            if (!PARAMETER.matcher(decoded).matches() || decoded.equals(".") || decoded.equals("..")) {
                return null;
            }
            parameters.add(decoded);
        }
        return parameters;
    }
}
