package dev.croft.vault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a host of private clouds runs.
 *
 * @param directory private clouds live in {@code clouds/ID} below it, the host's own key in {@code host.key}
 * @param doors where doors are opened; a short path, see {@link dev.croft.vault.doors.OpenDoor}
 * @param doorsAsTold how whoever launches services knows that directory
 * @param cloudsDirectory where the private clouds are, if not in {@code directory/clouds}
 * @param only the one private cloud to host; empty: all
 * @param mostAwake how many may be open at once
 * @param idleAfter how long one may be idle before it hibernates
 * @param mostRequests how many requests may be under way at once
 */
public record HostSettings(
        Path directory,
        Path doors,
        Path doorsAsTold,
        Optional<Path> cloudsDirectory,
        Optional<String> only,
        int mostAwake,
        Duration idleAfter,
        int mostRequests) {

    /** One whose doors are known by the path at which they are. */
    public HostSettings(
            Path directory,
            Path doors,
            Optional<Path> cloudsDirectory,
            Optional<String> only,
            int mostAwake,
            Duration idleAfter,
            int mostRequests) {
        this(directory, doors, doors, cloudsDirectory, only, mostAwake, idleAfter, mostRequests);
    }

    /** The same, whose doors others know by another path. */
    public HostSettings withDoorsAsTold(Path value) {
        return new HostSettings(directory, doors, value, cloudsDirectory, only, mostAwake, idleAfter, mostRequests);
    }

    /** A shared host: up to 64 awake, asleep after five idle minutes, 256 requests at once. */
    public static HostSettings shared(Path directory, Path doors) {
        return new HostSettings(directory, doors, Optional.empty(), Optional.empty(), 64, Duration.ofMinutes(5), 256);
    }

    /** A process of its own for one private cloud in {@code clouds}. */
    public static HostSettings single(Path directory, Path doors, Path clouds, String cloud) {
        return new HostSettings(
                directory, doors, Optional.of(clouds), Optional.of(cloud), 1, Duration.ofMinutes(5), 64);
    }

    /** The directory of the private clouds. */
    public Path clouds() {
        return cloudsDirectory.orElse(directory.resolve("clouds"));
    }
}
