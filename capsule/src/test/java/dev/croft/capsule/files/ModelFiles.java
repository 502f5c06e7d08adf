package dev.croft.capsule.files;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A file system as one map: a path to its bytes, or to none for a folder. Operations say what would be refused. */
final class ModelFiles {
    private TreeMap<String, Optional<byte[]>> files = new TreeMap<>();

    /** What an operation comes to. */
    enum Outcome {
        DONE,
        ABSENT,
        EXISTS,
        NOT_EMPTY,
        OTHER
    }

    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        final Outcome outcome;

        Refused(Outcome outcome) {
            super(outcome.toString());
            this.outcome = outcome;
        }
    }

    Map<String, String> shown() {
        Map<String, String> shown = new TreeMap<>();
        files.forEach((path, bytes) -> shown.put(
                path, bytes.map(b -> b.length + ":" + Arrays.hashCode(b)).orElse("folder")));
        return shown;
    }

    private static void require(boolean holds, Outcome otherwise) {
        if (!holds) {
            throw new Refused(otherwise);
        }
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private boolean isFolder(String path) {
        return path.isEmpty() || files.containsKey(path) && files.get(path).isEmpty();
    }

    private boolean isEmpty(String path) {
        String next = files.higherKey(path + "/");
        return next == null || !next.startsWith(path + "/");
    }

    void folder(String path) {
        require(isFolder(parent(path)), Outcome.ABSENT);
        require(!files.containsKey(path), Outcome.EXISTS);
        files.put(path, Optional.empty());
    }

    byte[] content(String path, boolean create) {
        require(isFolder(parent(path)), Outcome.ABSENT);
        require(create || files.containsKey(path), Outcome.ABSENT);
        require(!isFolder(path), Outcome.OTHER);
        return files.getOrDefault(path, Optional.of(new byte[0])).orElseThrow();
    }

    void write(String path, long offset, byte[] bytes, boolean create) {
        byte[] old = content(path, create);
        byte[] now = Arrays.copyOf(old, Math.max(old.length, (int) offset + bytes.length));
        System.arraycopy(bytes, 0, now, (int) offset, bytes.length);
        files.put(path, Optional.of(now));
    }

    void cut(String path, int size) {
        byte[] old = content(path, false);
        files.put(path, Optional.of(Arrays.copyOf(old, Math.min(old.length, size))));
    }

    void delete(String path) {
        require(files.containsKey(path), Outcome.ABSENT);
        require(!isFolder(path) || isEmpty(path), Outcome.NOT_EMPTY);
        files.remove(path);
    }

    private void target(String path, boolean replace) {
        require(isFolder(parent(path)), Outcome.ABSENT);
        require(replace || !files.containsKey(path), Outcome.EXISTS);
        require(!isFolder(path) || isEmpty(path), Outcome.NOT_EMPTY);
    }

    void copy(String from, String to, boolean replace) {
        require(files.containsKey(from), Outcome.ABSENT);
        if (!from.equals(to)) {
            target(to, replace);
            files.put(to, files.get(from));
        }
    }

    void move(String from, String to, boolean replace) {
        require(files.containsKey(from), Outcome.ABSENT);
        if (!from.equals(to)) {
            target(to, replace);
            TreeMap<String, Optional<byte[]>> moved = new TreeMap<>();
            files.forEach((path, bytes) -> {
                boolean inside = path.equals(from) || path.startsWith(from + "/");
                if (inside || !path.equals(to)) {
                    moved.put(inside ? to + path.substring(from.length()) : path, bytes);
                }
            });
            files = moved;
        }
    }
}
