package dev.croft.budget.claims;

import java.util.Map;
import java.util.Optional;

/**
 * Where a claim is. Everything that can happen to it:
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>event</th><th>to</th></tr>
 * <tr><td>WAITING</td><td>ALLOCATE</td><td>ALLOCATED</td></tr>
 * <tr><td>WAITING</td><td>REFUSE</td><td>REFUSED</td></tr>
 * <tr><td>WAITING</td><td>TIME_OUT</td><td>TIMED_OUT</td></tr>
 * <tr><td>WAITING</td><td>RELEASE</td><td>CANCELLED</td></tr>
 * <tr><td>ALLOCATED</td><td>CONSUME</td><td>ALLOCATED</td></tr>
 * <tr><td>ALLOCATED</td><td>RELEASE</td><td>SETTLED</td></tr>
 * <tr><td>ALLOCATED</td><td>TIME_OUT</td><td>SETTLED</td></tr>
 * </table>
 *
 * <p>The other states are final. An event that has no row changes nothing: it is refused, or, where the claim is
 * already what the event would make it, answered as before.
 */
public enum ClaimState {
    /** In the queue; nothing is set aside. */
    WAITING,
    /** Everything asked is set aside; parts of it may be consumed. */
    ALLOCATED,
    /** What was consumed is gone for ever, the rest given back. */
    SETTLED,
    /** Can never be met. */
    REFUSED,
    /** Gave up waiting. */
    TIMED_OUT,
    /** Withdrawn while waiting. */
    CANCELLED;

    /** What can happen to a claim. */
    public enum Event {
        ALLOCATE,
        REFUSE,
        TIME_OUT,
        CONSUME,
        RELEASE
    }

    private static final Map<ClaimState, Map<Event, ClaimState>> TABLE = Map.of(
            WAITING,
            Map.of(
                    Event.ALLOCATE, ALLOCATED,
                    Event.REFUSE, REFUSED,
                    Event.TIME_OUT, TIMED_OUT,
                    Event.RELEASE, CANCELLED),
            ALLOCATED,
            Map.of(Event.CONSUME, ALLOCATED, Event.RELEASE, SETTLED, Event.TIME_OUT, SETTLED));

    /** The state after an event, or empty if it cannot happen here. */
    public Optional<ClaimState> after(Event event) {
        return Optional.ofNullable(TABLE.getOrDefault(this, Map.of()).get(event));
    }

    public boolean isFinal() {
        return !TABLE.containsKey(this);
    }
}
