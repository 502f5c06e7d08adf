package dev.croft.vault.api;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Some of a capsule as it is on disk, sealed and signed, for its owner's backup.
 *
 * @param metadata the capsule's metadata, base64url: its hash is the capsule's name
 * @param frames whole frames, base64url, ending with a heartbeat; empty when there are no more
 * @param keys once there are no more frames, the key files as the writer signed them, base64url, by epoch
 */
public record CapsulePart(String metadata, String frames, SortedMap<Integer, String> keys) {
    /** Takes its own copy. */
    public CapsulePart {
        keys = new TreeMap<>(keys);
    }

    /**
     * Asks for what follows.
     *
     * @param after the last heartbeat that is there already, base64url; {@code null} from the beginning
     */
    public record After(@Nullable String after) {}
}
