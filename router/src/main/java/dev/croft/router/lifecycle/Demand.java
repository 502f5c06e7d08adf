package dev.croft.router.lifecycle;

import java.time.Instant;

/**
 * A private cloud that is awake, as far as staying awake is concerned.
 *
 * @param cloud its id
 * @param account whose it is
 * @param ownProcess whether it has a process of its own, which ends when it sleeps
 * @param lastUsed when it last served
 * @param awakeSince when it last woke
 * @param inUse whether a request or a service's run is under way; then it is never put to sleep
 * @param held whether it is wished awake; then it does not sleep from being idle, and makes room like any other
 */
public record Demand(
        String cloud,
        String account,
        boolean ownProcess,
        Instant lastUsed,
        Instant awakeSince,
        boolean inUse,
        boolean held) {}
