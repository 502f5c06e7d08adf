package dev.croft.vault.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Every route of a permission manager host: method, path and who may use it. The OpenAPI description has exactly these. */
public enum PmRoute {
    HOST_STATUS("GET", "/status", Access.HOST),
    HOST_HEALTH("GET", "/health", Access.HOST),
    HOST_READY("GET", "/ready", Access.HOST),
    HOST_METRICS("GET", "/metrics", Access.HOST),
    HOST_SPANS("POST", "/spans", Access.HOST),
    HOST_ASIDE("GET", "/aside", Access.HOST),
    CLOUD_CREATE("POST", "/clouds", Access.HOST),
    CLOUD_STATUS("GET", "/clouds/{cloud}", Access.HOST),
    CLOUD_KEPT_AT("GET", "/clouds/{cloud}/kept-at", Access.HOST),
    CLOUD_UNLOCK("POST", "/clouds/{cloud}/unlock", Access.HOST),
    CLOUD_WAKE("POST", "/clouds/{cloud}/wake", Access.HOST),
    CLOUD_HIBERNATE("POST", "/clouds/{cloud}/hibernate", Access.HOST),
    CLOUD_HOLD("POST", "/clouds/{cloud}/hold", Access.HOST),
    CLOUD_KEEP("POST", "/clouds/{cloud}/keep", Access.HOST),
    CLOUD_DROP("POST", "/clouds/{cloud}/drop", Access.HOST),
    CLOUD_RELEASE("POST", "/clouds/{cloud}/release", Access.HOST),
    CLOUD_HANDOVER("POST", "/clouds/{cloud}/handover", Access.HOST),
    DOOR_OPEN("POST", "/clouds/{cloud}/doors", Access.HOST),
    DOOR_LIST("GET", "/clouds/{cloud}/doors", Access.HOST),
    DOOR_CLOSE("DELETE", "/clouds/{cloud}/doors/{launch}", Access.HOST),

    CLOUD_LOCK("POST", "/clouds/{cloud}/lock", Access.OWNER),
    CLOUD_DELETE("DELETE", "/clouds/{cloud}", Access.OWNER),
    REPLICAS_SHOW("GET", "/clouds/{cloud}/replicas", Access.OWNER),
    REPLICAS_SET("POST", "/clouds/{cloud}/replicas", Access.OWNER),
    CLOUD_VERIFY("POST", "/clouds/{cloud}/verify", Access.OWNER),
    CAPSULE_READ("POST", "/clouds/{cloud}/capsules/{capsule}", Access.OWNER),
    GRANT_STORE("POST", "/clouds/{cloud}/grants", Access.OWNER),
    GRANT_LIST("GET", "/clouds/{cloud}/grants", Access.OWNER),
    GRANT_REVOKE("DELETE", "/clouds/{cloud}/grants/{grant}", Access.OWNER),
    BUDGET_STATUS("GET", "/clouds/{cloud}/budget", Access.OWNER),
    BUDGET_HISTORY("GET", "/clouds/{cloud}/budget/history", Access.OWNER),
    BUDGET_SPEND("POST", "/clouds/{cloud}/budget/spent", Access.OWNER),
    AUDIT_LIST("GET", "/clouds/{cloud}/audit", Access.OWNER),
    FORGET("POST", "/clouds/{cloud}/forget", Access.OWNER),

    GRANT_SHOW("GET", "/clouds/{cloud}/grant", Access.GRANTED),
    COLLECTION_LIST("GET", "/clouds/{cloud}/collections", Access.GRANTED),
    FIND("POST", "/clouds/{cloud}/collections/{collection}/find", Access.GRANTED),
    COUNT("POST", "/clouds/{cloud}/collections/{collection}/count", Access.GRANTED),
    DISTINCT("POST", "/clouds/{cloud}/collections/{collection}/distinct", Access.GRANTED),
    INSERT("POST", "/clouds/{cloud}/collections/{collection}/insert", Access.GRANTED),
    UPSERT("POST", "/clouds/{cloud}/collections/{collection}/upsert", Access.GRANTED),
    UPDATE("POST", "/clouds/{cloud}/collections/{collection}/update", Access.GRANTED),
    REPLACE("POST", "/clouds/{cloud}/collections/{collection}/replace", Access.GRANTED),
    DELETE("POST", "/clouds/{cloud}/collections/{collection}/delete", Access.GRANTED),
    CURSOR_NEXT("POST", "/clouds/{cloud}/cursors/{cursor}", Access.GRANTED),
    CURSOR_CLOSE("DELETE", "/clouds/{cloud}/cursors/{cursor}", Access.GRANTED),
    UPLOAD("POST", "/clouds/{cloud}/upload", Access.GRANTED),
    QUERY_OFFER("POST", "/clouds/{cloud}/queries/{query}/offer", Access.GRANTED),
    QUERY_RESERVE("POST", "/clouds/{cloud}/queries/{query}/reserve", Access.GRANTED),
    QUERY_RUN("POST", "/clouds/{cloud}/queries/{query}/run", Access.GRANTED),
    QUERY_COMMIT("POST", "/clouds/{cloud}/queries/{query}/commit", Access.GRANTED),
    QUERY_REFUND("POST", "/clouds/{cloud}/queries/{query}/refund", Access.GRANTED);

    /** Who may use a route. Every route needs a client certificate of the host's authority besides. */
    public enum Access {
        /** Whoever holds a client certificate (the router): nothing of a person's content passes here. */
        HOST,
        /** A proof signed by the owner. */
        OWNER,
        /** A proof signed by the owner or by the holder of a grant, or a door's token. */
        GRANTED
    }

    private static final Pattern PARAMETER = Pattern.compile("\\{[a-z]+}");

    private final String method;
    private final String template;
    private final Access access;
    private final List<String> segments;

    PmRoute(String method, String template, Access access) {
        this.method = method;
        this.template = template;
        this.access = access;
        this.segments = List.of(template.substring(1).split("/", -1));
    }

    /** HTTP method. */
    public String method() {
        return method;
    }

    /** Path with {@code {parameters}}, as in the OpenAPI description. */
    public String template() {
        return template;
    }

    /** Who may use it. */
    public Access access() {
        return access;
    }

    /** The template's segments, without the leading slash. */
    public List<String> segments() {
        return segments;
    }

    /** The path with its parameters filled in, percent-encoded, in order. */
    public String path(String... parameters) {
        var filled = new ArrayList<String>(segments.size());
        int next = 0;
        for (String segment : segments) {
            if (PARAMETER.matcher(segment).matches()) {
                if (next == parameters.length) {
                    throw new IllegalArgumentException(this + " needs more than " + next + " parameters");
                }
                filled.add(URLEncoder.encode(parameters[next++], StandardCharsets.UTF_8)
                        .replace("+", "%20"));
            } else {
                filled.add(segment);
            }
        }
        if (next != parameters.length) {
            throw new IllegalArgumentException(this + " takes " + next + " parameters");
        }
        return "/" + String.join("/", filled);
    }
}
