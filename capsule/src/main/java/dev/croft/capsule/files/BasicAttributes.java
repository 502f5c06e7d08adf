package dev.croft.capsule.files;

import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Attributes as {@code java.nio.file} asks for them. The time of the last access is that of the last change. */
record BasicAttributes(Node node) implements BasicFileAttributes {
    @Override
    public FileTime lastModifiedTime() {
        return FileTime.from(node.modified(), TimeUnit.MICROSECONDS);
    }

    @Override
    public FileTime lastAccessTime() {
        return lastModifiedTime();
    }

    @Override
    public FileTime creationTime() {
        return FileTime.from(node.created(), TimeUnit.MICROSECONDS);
    }

    @Override
    public boolean isRegularFile() {
        return !node.folder();
    }

    @Override
    public boolean isDirectory() {
        return node.folder();
    }

    @Override
    public boolean isSymbolicLink() {
        return false;
    }

    @Override
    public boolean isOther() {
        return false;
    }

    @Override
    public long size() {
        return node.size();
    }

    @Override
    public Object fileKey() {
        return node.id();
    }

    /** The attributes with these names, {@code *} for all. */
    Map<String, Object> named(String names) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("lastModifiedTime", lastModifiedTime());
        all.put("lastAccessTime", lastAccessTime());
        all.put("creationTime", creationTime());
        all.put("size", size());
        all.put("isRegularFile", isRegularFile());
        all.put("isDirectory", isDirectory());
        all.put("isSymbolicLink", isSymbolicLink());
        all.put("isOther", isOther());
        all.put("fileKey", fileKey());
        int colon = names.indexOf(':');
        if (colon >= 0 && !names.substring(0, colon).equals("basic")) {
            throw new UnsupportedOperationException("files of a capsule have basic attributes only");
        }
        Map<String, Object> found = new LinkedHashMap<>();
        for (String name : names.substring(colon + 1).split(",", -1)) {
            if (name.equals("*")) {
                found.putAll(all);
            } else if (all.containsKey(name)) {
                found.put(name, all.get(name));
            } else {
                throw new IllegalArgumentException("there is no attribute " + name);
            }
        }
        return found;
    }

    /** Attributes of a path, looked at and set when asked. */
    record View(CapsulePath path) implements BasicFileAttributeView {
        @Override
        public String name() {
            return "basic";
        }

        @Override
        public BasicFileAttributes readAttributes() throws IOException {
            return new BasicAttributes(Names.existing(path));
        }

        @Override
        public void setTimes(@Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
                throws IOException {
            Node node = Names.existing(path);
            long createdMicros = created == null ? node.created() : micros(created);
            long modifiedMicros = modified == null ? node.modified() : micros(modified);
            FileTreeWriter writer = path.getFileSystem().writer();
            path.getFileSystem()
                    .writing(
                            path,
                            () -> writer.exclusively(() -> writer.setTimes(node.id(), createdMicros, modifiedMicros)));
        }

        /** Times before 1970 cannot be said. */
        private static long micros(FileTime time) {
            return Math.max(0, time.to(TimeUnit.MICROSECONDS));
        }
    }
}
