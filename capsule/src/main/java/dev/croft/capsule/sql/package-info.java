/**
 * A capsule as an SQL database: one writer's SQLite, whose committed pages are the capsule's records, and any number of
 * replicas that follow it live or show a past state. Needs {@code org.xerial:sqlite-jdbc} on the class path.
 */
@NullMarked
package dev.croft.capsule.sql;

import org.jspecify.annotations.NullMarked;
