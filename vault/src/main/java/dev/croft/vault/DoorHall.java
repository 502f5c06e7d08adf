package dev.croft.vault;

import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.doors.OpenDoor;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The open doors of a host. Thread-safe. */
final class DoorHall {
    private static final Pattern LAUNCH = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final int MOST = 1000;

    private final Path directory;
    private final Path asTold;
    private final InstantSource clock;
    private final Map<Place, OpenDoor> doors = new HashMap<>();

    private record Place(String cloud, String launch) {}

    /** @param asTold how whoever launches services knows the directory */
    DoorHall(Path directory, Path asTold, InstantSource clock) {
        this.clock = clock;
        this.asTold = asTold;
        try {
            this.directory = DurableFile.directory(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized Door open(
            String cloud,
            DoorRequest wanted,
            Function<Request, Response> handler,
            Function<Request, Response> stranger) {
        if (!LAUNCH.matcher(wanted.launchId()).matches()) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "launchId is not well formed");
        }
        var place = new Place(cloud, wanted.launchId());
        if (doors.containsKey(place)) {
            throw new ProblemException(ProblemCode.ALREADY_EXISTS, "this launch has a door");
        }
        if (doors.size() >= MOST) {
            throw new ProblemException(ProblemCode.OVERLOADED, "too many doors are open");
        }
        try {
            OpenDoor door = OpenDoor.open(directory, wanted.launchId(), wanted.grantId(), handler, stranger, clock);
            doors.put(place, door);
            return told(door.door());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized List<Door> list(String cloud) {
        return doors.entrySet().stream()
                .filter(entry -> entry.getKey().cloud().equals(cloud))
                .map(entry -> told(entry.getValue().door()))
                .toList();
    }

    private Door told(Door door) {
        Path name = Path.of(door.directory()).getFileName();
        return new Door(
                door.launchId(), door.grantId(), asTold.resolve(name.toString()).toString(), door.opened());
    }

    synchronized void close(String cloud, String launch) {
        OpenDoor door = doors.remove(new Place(cloud, launch));
        if (door == null) {
            throw new ProblemException(ProblemCode.NOT_FOUND, "there is no such door");
        }
        door.close();
    }

    synchronized void closeAll(String cloud) {
        doors.entrySet().removeIf(entry -> {
            boolean here = entry.getKey().cloud().equals(cloud);
            if (here) {
                entry.getValue().close();
            }
            return here;
        });
    }

    synchronized void closeAll() {
        doors.values().forEach(OpenDoor::close);
        doors.clear();
    }

    synchronized void endIdle() {
        doors.values().forEach(OpenDoor::endIdle);
    }
}
