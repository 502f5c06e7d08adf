package dev.croft.runtime.registry;

import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.image.ImageBlobs;
import dev.croft.runtime.registry.RegistryConnection.Answer;
import dev.croft.runtime.registry.RegistryConnection.Ask;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/** One image on its way from a registry (OCI distribution-spec 1.1, "Pulling manifests" and "Pulling blobs"). */
final class Fetch {
    private static final int SHORT = 1 << 16;
    private static final Path SELF = Path.of("/proc/self");
    private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");

    private final RegistryConnection connection;
    private final RegistryName name;
    private final Registry.Watcher watcher;

    Fetch(RegistryConnection connection, RegistryName name, Registry.Watcher watcher) {
        this.connection = connection;
        this.name = name;
        this.watcher = watcher;
    }

    ImageArchive run(String reference, Path archive) throws IOException, InterruptedException {
        Digest wanted =
                name.digest().orElseThrow(() -> new WorkloadException.InvalidSpec("a digest is wanted: @sha256:…"));
        byte[] manifest = manifest(wanted);
        ImageManifest named = ImageManifest.parse(manifest);
        watcher.total(named.blobs().values().stream().mapToLong(size -> size).sum());
        Path place = folder(archive);
        SequencedMap<Digest, Path> blobs = new LinkedHashMap<>();
        for (Map.Entry<Digest, Long> blob : named.blobs().entrySet()) {
            Path file = place.resolve(blob.getKey().hex());
            fetch(blob.getKey(), blob.getValue(), file);
            blobs.put(blob.getKey(), file);
        }
        Path whole = place.resolve("archive");
        ImageArchive image = ImageBlobs.assemble(
                whole,
                reference,
                manifest,
                named.config().digest(),
                named.layers().stream().map(ImageManifest.Descriptor::digest).toList(),
                blobs);
        Files.move(whole, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (Stream<Path> left = Files.list(place)) {
            for (Path file : left.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(place);
        return image;
    }

    private byte[] manifest(Digest wanted) throws InterruptedException {
        Answer answer = connection.ask(
                Ask.of("GET", name.uri("manifests/" + wanted), Map.of("Accept", ImageManifest.TYPE)),
                ImageManifest.LONGEST);
        if (answer.status() == 404) {
            throw new RegistryException.NotFound(name.registry() + " has no image " + name.repository() + "@" + wanted);
        }
        if (answer.status() != 200) {
            throw connection.misbehaved("does not give the manifest (status " + answer.status() + ")");
        }
        same(wanted, Digest.of(answer.body()));
        return answer.body();
    }

    private void same(Digest wanted, Digest found) {
        if (!found.equals(wanted)) {
            throw new RegistryException.Mismatch(name.registry() + " sends " + found + " for " + wanted);
        }
    }

    /** Only for its user, who made it, and no link: what somebody else left there would be written through. */
    private static Path folder(Path archive) throws IOException {
        Path place = archive.resolveSibling(archive.getFileName() + ".part");
        try {
            Files.createDirectory(place, PosixFilePermissions.asFileAttribute(OWN));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)
                    || !Files.getPosixFilePermissions(place).equals(OWN)
                    || !Files.getAttribute(place, "unix:uid").equals(Files.getAttribute(SELF, "unix:uid"))) {
                throw e;
            }
        }
        return place;
    }

    private void fetch(Digest blob, long size, Path file) throws IOException, InterruptedException {
        boolean begun = Files.exists(file);
        long from = begun ? Files.size(file) : 0;
        watcher.moved(from);
        complete(blob, size, file);
        Digest found = digest(file);
        if (begun && !found.equals(blob)) {
            // What was left here from before may be what is wrong.
            watcher.moved(-size);
            Files.delete(file);
            complete(blob, size, file);
            found = digest(file);
        }
        if (!found.equals(blob)) {
            Files.delete(file);
            same(blob, found);
        }
    }

    private void complete(Digest blob, long size, Path file) throws IOException, InterruptedException {
        Retry retry = new Retry();
        while (!Files.exists(file) || Files.size(file) < size) {
            try {
                append(blob, size, file, Files.exists(file) ? Files.size(file) : 0);
            } catch (RegistryException.Unavailable e) {
                retry.after(e);
            }
        }
    }

    /** Asks for the rest of a blob, and has it afterwards. */
    private void append(Digest blob, long size, Path file, long from) throws IOException, InterruptedException {
        Map<String, String> headers = from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-");
        HttpResponse<Long> response = connection.send(
                Ask.of("GET", name.uri("blobs/" + blob), headers), info -> into(info, size, file, from));
        switch (response.statusCode()) {
            case 200, 206 -> {
                // One that is cut off ends otherwise; who sends less and says that this was all would do so for ever.
                if (Files.size(file) != size) {
                    throw connection.misbehaved("sends less of " + blob + " than there is");
                }
            }
            case 404 -> throw new RegistryException.NotFound(name.registry() + " lacks " + blob);
            default -> throw connection.misbehaved("does not give " + blob + " (status " + response.statusCode() + ")");
        }
    }

    private HttpResponse.BodySubscriber<Long> into(HttpResponse.ResponseInfo info, long size, Path file, long from) {
        if (info.statusCode() != 200 && info.statusCode() != 206) {
            return new Sink(OutputStream.nullOutputStream(), SHORT, connection.moved, _ -> {});
        }
        boolean rest = info.statusCode() == 206;
        if (rest && !info.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + from + "-")) {
            throw connection.misbehaved("sends another part than it was asked for");
        }
        try {
            if (!rest) {
                watcher.moved(-from);
            }
            OutputStream out = Files.newOutputStream(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS,
                    rest ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
            return new Sink(out, rest ? size - from : size, connection.moved, watcher::moved);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Digest digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Digest.of(in);
        }
    }
}
