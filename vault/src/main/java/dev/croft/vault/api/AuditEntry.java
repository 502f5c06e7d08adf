package dev.croft.vault.api;

import java.time.Instant;

/**
 * One record of the audit capsule. It says who did what to what, never with which values.
 *
 * @param sequence its place in the capsule
 * @param time when it happened
 * @param who {@code owner}, {@code grant:ID}, {@code door:LAUNCH/GRANT}, {@code host} or {@code unknown}
 * @param operation the route or event
 * @param object what it was done to: a collection, a grant, a query
 * @param outcome {@code ok} or the code of the problem
 * @param count how many documents, entries or (for refusals told together) occurrences
 * @param detail a few words more
 */
public record AuditEntry(
        long sequence,
        Instant time,
        String who,
        String operation,
        String object,
        String outcome,
        long count,
        String detail) {}
