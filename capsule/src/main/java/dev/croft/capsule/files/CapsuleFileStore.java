package dev.croft.capsule.files;

import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.jspecify.annotations.Nullable;

/** A capsule as what files are stored in. How much room there is depends on the disks of its copies, so none is told. */
final class CapsuleFileStore extends FileStore {
    private final CapsuleFileSystem system;

    CapsuleFileStore(CapsuleFileSystem system) {
        this.system = system;
    }

    @Override
    public String name() {
        return system.name().toString();
    }

    @Override
    public String type() {
        return CapsuleFileSystemProvider.SCHEME;
    }

    @Override
    public boolean isReadOnly() {
        return system.isReadOnly();
    }

    @Override
    public long getTotalSpace() {
        return Long.MAX_VALUE;
    }

    @Override
    public long getUsableSpace() {
        return Long.MAX_VALUE;
    }

    @Override
    public long getUnallocatedSpace() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        return type == BasicFileAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return name.equals("basic");
    }

    @Override
    public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
        return null;
    }

    @Override
    public Object getAttribute(String attribute) {
        throw new UnsupportedOperationException("a capsule has no attribute " + attribute);
    }
}
