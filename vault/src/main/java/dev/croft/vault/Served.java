package dev.croft.vault;

import dev.croft.vault.http.Response;

/**
 * What a handler did: the answer, and what the audit says of it.
 *
 * @param count documents, entries or whatever was touched
 * @param audited whether it is recorded
 */
record Served(Response response, long count, String detail, boolean audited) {
    static Served json(Object value, long count, String detail) {
        return new Served(Response.json(value), count, detail, true);
    }

    static Served json(Object value) {
        return json(value, 1, "");
    }

    static Served nothing() {
        return new Served(Response.nothing(), 1, "", true);
    }

    Served unaudited() {
        return new Served(response, count, detail, false);
    }
}
