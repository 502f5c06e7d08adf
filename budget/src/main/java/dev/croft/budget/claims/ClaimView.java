package dev.croft.budget.claims;

import java.util.Map;

/**
 * A claim as it stands.
 *
 * @param allocated per block, what is set aside and not consumed; empty unless allocated
 * @param consumed per block, what is spent for ever
 * @param waitingFor the first block that lacks budget for it; empty unless waiting
 */
public record ClaimView(
        String id, ClaimState state, Map<String, Cost> allocated, Map<String, Cost> consumed, String waitingFor) {}
