package dev.croft.runtime.registry;

import dev.croft.runtime.Digest;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.image.ImageBlobs;
import dev.croft.runtime.registry.RegistryConnection.Answer;
import dev.croft.runtime.registry.RegistryConnection.Ask;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One image on its way to a registry (OCI distribution-spec 1.1, "Pushing blobs" and "Pushing manifests"). */
final class Push {
    private static final int SHORT = 1 << 16;
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,15})");

    private final RegistryConnection connection;
    private final RegistryName name;
    private final ImageArchive image;
    private final ImageBlobs blobs;
    private final Registry.Watcher watcher;
    /** Of the blob under way, as the watcher knows it. */
    private final AtomicLong told = new AtomicLong();

    Push(
            RegistryConnection connection,
            RegistryName name,
            ImageArchive image,
            ImageBlobs blobs,
            Registry.Watcher watcher) {
        this.connection = connection;
        this.name = name;
        this.image = image;
        this.blobs = blobs;
        this.watcher = watcher;
    }

    Registry.Pushed run(boolean replace) throws IOException, InterruptedException {
        byte[] manifest = bytes(image.manifest());
        ImageManifest named = ImageManifest.parse(manifest);
        boolean tagged = name.tag().isEmpty() || isNamed(name.tag().get(), replace);
        watcher.total(named.blobs().values().stream().mapToLong(size -> size).sum());
        List<Digest> sent = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<Digest, Long> blob : named.blobs().entrySet()) {
            if (isThere(blob.getKey())) {
                watcher.moved(blob.getValue());
            } else {
                upload(blob.getKey());
                sent.add(blob.getKey());
                bytes += blob.getValue();
            }
        }
        boolean there = tagged && isNamed(image.manifest().toString(), false);
        if (!there) {
            name(name.tag().filter(_ -> !tagged).orElse(image.manifest().toString()), manifest);
        }
        return new Registry.Pushed(image, sent, bytes, !there);
    }

    private byte[] bytes(Digest document) throws IOException {
        try (InputStream in = blobs.open(document, 0)) {
            return in.readNBytes(Math.toIntExact(blobs.place(document).size()));
        }
    }

    private boolean isThere(Digest blob) throws InterruptedException {
        Answer answer = connection.ask(Ask.of("HEAD", name.uri("blobs/" + blob), Map.of()), SHORT);
        return switch (answer.status()) {
            case 200 -> true;
            case 404 -> false;
            default -> throw refusal("does not tell what it has", answer);
        };
    }

    /** Whether this tag or digest stands for our manifest. */
    private boolean isNamed(String as, boolean replace) throws InterruptedException {
        Answer answer = connection.ask(
                Ask.of("GET", name.uri("manifests/" + as), Map.of("Accept", ImageManifest.TYPE + ", */*")),
                ImageManifest.LONGEST);
        if (answer.status() == 404) {
            return false;
        }
        if (answer.status() != 200) {
            throw refusal("does not tell what it has", answer);
        }
        boolean same = Digest.of(answer.body()).equals(image.manifest());
        if (!same && !replace) {
            throw new RegistryException.Refused(name.registry() + "/" + name.repository() + " has another image as "
                    + as + (as.contains(":") ? "" : ": --replace lets the tag stand for this one"));
        }
        return same;
    }

    private void name(String as, byte[] manifest) throws InterruptedException {
        Answer answer = connection.ask(
                new Ask(
                        "PUT",
                        name.uri("manifests/" + as),
                        Map.of("Content-Type", ImageManifest.TYPE),
                        () -> BodyPublishers.ofByteArray(manifest)),
                SHORT);
        if (answer.status() != 201) {
            throw refusal("does not take the manifest", answer);
        }
        String known =
                answer.header("Docker-Content-Digest").orElse(image.manifest().toString());
        if (!known.equals(image.manifest().toString())) {
            throw new RegistryException.Mismatch(name.registry() + " knows the image by another digest than it has");
        }
    }

    private void upload(Digest blob) throws InterruptedException {
        Retry retry = new Retry();
        URI place = null;
        boolean resumed = false;
        boolean again = false;
        long from = 0;
        told.set(0);
        while (true) {
            try {
                // What was lost may have been the answer alone.
                if (again && isThere(blob)) {
                    watcher.moved(blobs.place(blob).size() - told.get());
                    return;
                }
                if (place == null) {
                    place = begin();
                }
                place = append(blob, place, from);
                finish(blob, place);
                return;
            } catch (RegistryException.Unavailable e) {
                retry.after(e);
                again = true;
                OptionalLong taken = place == null ? OptionalLong.empty() : taken(place, blob);
                resumed = taken.isPresent();
                from = taken.orElse(0);
            } catch (RegistryException.Misbehaved e) {
                if (!resumed) {
                    throw e;
                }
                resumed = false;
                from = 0;
            }
            if (!resumed) {
                place = null;
            }
            watcher.moved(from - told.getAndSet(from));
        }
    }

    private URI begin() throws InterruptedException {
        Answer answer = connection.ask(
                new Ask("POST", name.uri("blobs/uploads/"), Map.of(), () -> BodyPublishers.ofByteArray(new byte[0])),
                SHORT);
        if (answer.status() != 202) {
            throw refusal("takes no upload", answer);
        }
        return next(answer, name.uri("blobs/uploads/"));
    }

    /** The rest of a blob in one request, as Docker sends it: where it was cut off, the registry is asked how much it has. */
    private URI append(Digest blob, URI place, long from) throws InterruptedException {
        long size = blobs.place(blob).size();
        if (from == size) {
            return place;
        }
        Map<String, String> headers = from == 0
                ? Map.of("Content-Type", "application/octet-stream")
                : Map.of("Content-Type", "application/octet-stream", "Content-Range", from + "-" + (size - 1));
        Supplier<BodyPublisher> body = () -> BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> stretch(blob, from, size - from)), size - from);
        Answer answer = connection.ask(new Ask("PATCH", place, headers, body), SHORT);
        if (answer.status() != 202) {
            throw refusal("does not take a layer", answer);
        }
        return next(answer, place);
    }

    private InputStream stretch(Digest blob, long from, long length) {
        try {
            return new Stretch(blobs.open(blob, from), length, n -> {
                connection.moved.addAndGet(n);
                told.addAndGet(n);
                watcher.moved(n);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void finish(Digest blob, URI place) throws InterruptedException {
        String query = (place.getRawQuery() == null ? "?" : "&") + "digest="
                + blob.toString().replace(":", "%3A");
        Answer answer = connection.ask(
                new Ask("PUT", URI.create(place + query), Map.of(), () -> BodyPublishers.ofByteArray(new byte[0])),
                SHORT);
        if (answer.status() != 201) {
            throw refusal("does not take " + blob, answer);
        }
    }

    /** How many bytes it has of an upload that was cut off; empty if it does not tell, as some do not. */
    private OptionalLong taken(URI place, Digest blob) throws InterruptedException {
        Answer answer;
        try {
            answer = connection.ask(Ask.of("GET", place, Map.of()), SHORT);
        } catch (RegistryException.Unavailable e) {
            return OptionalLong.empty();
        }
        Matcher range = RANGE.matcher(answer.header("Range").orElse(""));
        if (answer.status() != 204 || !range.matches()) {
            return OptionalLong.empty();
        }
        long last = Long.parseLong(range.group(1));
        // Nothing is 0-0 as well, and so is one byte; whoever has that gets it twice and then refuses the whole, which
        // begins anew.
        long taken = last == 0 ? 0 : last + 1;
        return taken <= blobs.place(blob).size() ? OptionalLong.of(taken) : OptionalLong.empty();
    }

    private URI next(Answer answer, URI base) {
        URI next = connection.location(answer.headers(), base);
        if (!connection.isOwn(next)) {
            throw connection.misbehaved("wants layers sent to another host");
        }
        return next;
    }

    private RegistryException refusal(String what, Answer answer) {
        return answer.status() == 404
                ? new RegistryException.NotFound(name.registry() + " has no repository " + name.repository())
                : connection.misbehaved(what + " (status " + answer.status() + ")");
    }
}
