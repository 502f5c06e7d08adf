package dev.croft.router.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A PM host process.
 *
 * @param id {@code shared}, or {@code own-} and the private cloud's id
 * @param workloadId the runtime's name for it, once launched
 * @param port on loopback, once it listens
 */
public record Host(
        String id, @Nullable String workloadId, @Nullable Integer port, State state, Instant since) {

    public enum State {
        STARTING,
        READY,
        STOPPED
    }
}
