package dev.croft.capsule.files;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A path of a capsule's file system: names joined by {@code /}, as on Unix. Names are UTF-8 of at most 255 bytes. */
final class CapsulePath implements Path {
    private final CapsuleFileSystem system;
    private final boolean absolute;
    private final List<String> names;

    private CapsulePath(CapsuleFileSystem system, boolean absolute, List<String> names) {
        this.system = system;
        this.absolute = absolute;
        this.names = names;
    }

    static CapsulePath parse(CapsuleFileSystem system, String text) {
        List<String> names = new ArrayList<>();
        for (String name : text.split("/")) {
            if (name.indexOf('\0') >= 0) {
                throw new InvalidPathException(text.replace('\0', '?'), "a name holds a zero character");
            }
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            if (!new String(bytes, StandardCharsets.UTF_8).equals(name)) {
                throw new InvalidPathException("?", "a name that is no text");
            }
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        boolean absolute = text.startsWith("/");
        return new CapsulePath(system, absolute, names.isEmpty() && !absolute ? List.of("") : List.copyOf(names));
    }

    static CapsulePath root(CapsuleFileSystem system) {
        return new CapsulePath(system, true, List.of());
    }

    /** The names from the root to what the path names, without {@code .} and {@code ..}. */
    List<String> fromRoot() {
        return toAbsolutePath().normalize().names;
    }

    private boolean isEmpty() {
        return !absolute && names.size() == 1 && names.getFirst().isEmpty();
    }

    private CapsulePath with(boolean rooted, List<String> parts) {
        return new CapsulePath(system, rooted, parts.isEmpty() && !rooted ? List.of("") : List.copyOf(parts));
    }

    private CapsulePath same(Path other) {
        if (other instanceof CapsulePath path) {
            return path;
        }
        throw new ProviderMismatchException();
    }

    @Override
    public CapsuleFileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return absolute;
    }

    @Override
    public @Nullable CapsulePath getRoot() {
        return absolute ? root(system) : null;
    }

    @Override
    public @Nullable CapsulePath getFileName() {
        return names.isEmpty() ? null : with(false, List.of(names.getLast()));
    }

    @Override
    public @Nullable CapsulePath getParent() {
        if (names.size() > 1) {
            return with(absolute, names.subList(0, names.size() - 1));
        }
        return absolute && !names.isEmpty() ? root(system) : null;
    }

    @Override
    public int getNameCount() {
        return names.size();
    }

    @Override
    public CapsulePath getName(int index) {
        return subpath(index, index + 1);
    }

    @Override
    public CapsulePath subpath(int from, int to) {
        if (from < 0 || to > names.size() || from >= to) {
            throw new IllegalArgumentException("no names from " + from + " to " + to);
        }
        return with(false, names.subList(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof CapsulePath path
                && path.system == system
                && path.absolute == absolute
                && path.isEmpty() == isEmpty()
                && path.names.size() <= names.size()
                && names.subList(0, path.names.size()).equals(path.names);
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(other instanceof CapsulePath path) || path.system != system || path.names.size() > names.size()) {
            return false;
        }
        if (path.absolute) {
            return equals(path);
        }
        return path.isEmpty() == isEmpty()
                && names.subList(names.size() - path.names.size(), names.size()).equals(path.names);
    }

    @Override
    public CapsulePath normalize() {
        List<String> kept = new ArrayList<>();
        for (String name : names) {
            if (name.equals("..") && !kept.isEmpty() && !kept.getLast().equals("..")) {
                kept.removeLast();
            } else if (!name.equals(".") && !(name.equals("..") && absolute)) {
                kept.add(name);
            }
        }
        return with(absolute, kept);
    }

    @Override
    public CapsulePath resolve(Path other) {
        CapsulePath path = same(other);
        if (path.absolute || isEmpty()) {
            return path;
        }
        if (path.isEmpty()) {
            return this;
        }
        List<String> joined = new ArrayList<>(names);
        joined.addAll(path.names);
        return with(absolute, joined);
    }

    @Override
    public CapsulePath relativize(Path other) {
        CapsulePath path = same(other);
        if (path.equals(this)) {
            return with(false, List.of());
        }
        if (path.absolute != absolute) {
            throw new IllegalArgumentException("one path is absolute, the other is not");
        }
        if (isEmpty()) {
            return path;
        }
        List<String> here = normalize().withoutEmpty();
        List<String> there = path.normalize().withoutEmpty();
        int common = 0;
        while (common < here.size() && common < there.size() && here.get(common).equals(there.get(common))) {
            common++;
        }
        List<String> way = new ArrayList<>();
        for (String name : here.subList(common, here.size())) {
            if (name.equals("..")) {
                throw new IllegalArgumentException("the way out of " + this + " is unknown");
            }
            way.add("..");
        }
        way.addAll(there.subList(common, there.size()));
        return with(false, way);
    }

    private List<String> withoutEmpty() {
        return isEmpty() ? List.of() : names;
    }

    @Override
    public URI toUri() {
        try {
            return new URI(
                    CapsuleFileSystemProvider.SCHEME,
                    system.name().toString(),
                    toAbsolutePath().toString(),
                    system.asOf().isPresent() ? "size=" + system.asOf().getAsLong() : null,
                    null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("every absolute path is a URI's", e);
        }
    }

    @Override
    public CapsulePath toAbsolutePath() {
        return absolute ? this : with(true, withoutEmpty());
    }

    @Override
    public CapsulePath toRealPath(LinkOption... options) throws IOException {
        CapsulePath real = toAbsolutePath().normalize();
        if (system.node(real) == null) {
            throw new NoSuchFileException(toString());
        }
        return real;
    }

    @Override
    public File toFile() {
        throw new UnsupportedOperationException("a path of a capsule is no file of the machine");
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("a capsule's folders cannot be watched: follow the capsule");
    }

    @Override
    public int compareTo(Path other) {
        CapsulePath path = same(other);
        return Arrays.compareUnsigned(
                toString().getBytes(StandardCharsets.UTF_8), path.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CapsulePath path
                && path.system.equals((FileSystem) system)
                && path.absolute == absolute
                && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return 31 * names.hashCode() + Boolean.hashCode(absolute);
    }

    @Override
    public String toString() {
        return (absolute ? "/" : "") + String.join("/", names);
    }
}
