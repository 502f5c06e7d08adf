package dev.croft.vault.api;

import java.util.regex.Pattern;

/**
 * The names of operations a grant may allow. Where an operation should hold for one collection only, a grant says
 * {@code operation@collection}, for example {@code insert@analysis}.
 */
public final class Operations {
    /** Read documents, with cursors. */
    public static final String FIND = "find";
    /** Count documents exactly. */
    public static final String COUNT = "count";
    /** List the distinct values of a field. */
    public static final String DISTINCT = "distinct";
    /** Add documents. */
    public static final String INSERT = "insert";
    /** Add documents or replace those of the same identity. */
    public static final String UPSERT = "upsert";
    /** Change fields of documents. */
    public static final String UPDATE = "update";
    /** Replace whole documents. */
    public static final String REPLACE = "replace";
    /** Delete documents. */
    public static final String DELETE = "delete";
    /** Send entries of a phone. */
    public static final String UPLOAD = "upload";

    /** Besides other operations: to see derived documents that wait to be derived anew, as the service does that derives them. */
    public static final String REDERIVE = "rederive";

    private static final String QUERY_PREFIX = "query:";
    private static final Pattern NAME = Pattern.compile("[a-z]{1,20}(:[a-z][a-z0-9-]{0,40})?(@[A-Za-z0-9_.-]{1,64})?");

    private Operations() {}

    /** To pay for and run a registered computation, for example {@code query:count}. */
    public static String query(String computation) {
        return QUERY_PREFIX + computation;
    }

    /** Whether {@code name} has the form of an operation. */
    public static boolean isWellFormed(String name) {
        return NAME.matcher(name).matches();
    }
}
