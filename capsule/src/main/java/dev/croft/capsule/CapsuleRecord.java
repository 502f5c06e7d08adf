package dev.croft.capsule;

import java.time.Instant;

/**
 * A record as a reader sees it. The body is the caller's to keep or change.
 *
 * @param sequence 0 for the capsule's first record
 * @param timestamp when it was appended by the writer's clock, to the microsecond
 * @param body what the writer appended, opened
 */
public record CapsuleRecord(long sequence, Instant timestamp, byte[] body) {}
