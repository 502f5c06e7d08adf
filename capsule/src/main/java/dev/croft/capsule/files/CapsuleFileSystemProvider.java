package dev.croft.capsule.files;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * File systems for URIs like {@code capsule://NAME/folder/file}, NAME being a capsule's name in hex. Open one with {@code
 * FileSystems.newFileSystem(uri, env)}, see {@link OpenCapsules}; from then on {@code Path.of(uri)} works until it is closed.
 * Thread-safe.
 */
public final class CapsuleFileSystemProvider extends FileSystemProvider {
    /** What the URIs begin with. */
    public static final String SCHEME = "capsule";

    private final OpenCapsules capsules = new OpenCapsules();

    /** The instance that the JVM found. */
    static CapsuleFileSystemProvider installed() {
        for (FileSystemProvider provider : installedProviders()) {
            if (provider instanceof CapsuleFileSystemProvider found) {
                return found;
            }
        }
        // Where a class path hides the service file, paths work but URIs do not.
        return Fallback.PROVIDER;
    }

    private static final class Fallback {
        static final CapsuleFileSystemProvider PROVIDER = new CapsuleFileSystemProvider();
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public CapsuleFileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
        return capsules.open(uri, env);
    }

    @Override
    public CapsuleFileSystem getFileSystem(URI uri) {
        return capsules.get(uri);
    }

    @Override
    public Path getPath(URI uri) {
        return getFileSystem(uri).getPath(OpenCapsules.path(uri));
    }

    private static CapsulePath own(Path path) {
        if (path instanceof CapsulePath own) {
            return own;
        }
        throw new ProviderMismatchException();
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        requireNone(attributes);
        CapsulePath own = own(path);
        boolean append = options.contains(StandardOpenOption.APPEND);
        boolean write = append || options.contains(StandardOpenOption.WRITE);
        boolean truncate = options.contains(StandardOpenOption.TRUNCATE_EXISTING);
        boolean read = !write || options.contains(StandardOpenOption.READ);
        if (append && (truncate || options.contains(StandardOpenOption.READ))) {
            throw new IllegalArgumentException("APPEND goes with neither READ nor TRUNCATE_EXISTING");
        }
        for (OpenOption option : options) {
            if (!(option instanceof StandardOpenOption) && !(option instanceof LinkOption)) {
                throw new UnsupportedOperationException("no file of a capsule is opened with " + option);
            }
        }
        var mode = new CapsuleFileChannel.Mode(
                read,
                write,
                append,
                options.contains(StandardOpenOption.SYNC) || options.contains(StandardOpenOption.DSYNC),
                options.contains(StandardOpenOption.DELETE_ON_CLOSE));
        Node node = write ? Names.make(own, options) : Names.existing(own);
        if (node.folder()) {
            throw new FileSystemException(path.toString(), null, "Is a directory");
        }
        OpenFile open = write ? own.getFileSystem().files().acquire(node.id()) : null;
        if (open != null && truncate && open.size() > 0) {
            own.getFileSystem().writing(path, () -> open.resize(0));
        }
        return new CapsuleFileChannel(own.getFileSystem(), own, node.id(), mode, open);
    }

    private static void requireNone(FileAttribute<?>... attributes) {
        if (attributes.length > 0) {
            throw new UnsupportedOperationException("a file of a capsule is not made with " + attributes[0].name());
        }
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        CapsulePath own = own(folder);
        Node node = Names.existing(own);
        if (!node.folder()) {
            throw new NotDirectoryException(folder.toString());
        }
        return new NameStream(own, own.getFileSystem().tree().list(node.id()), filter);
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
        requireNone(attributes);
        CapsulePath own = own(folder);
        Names.folder(own);
    }

    @Override
    public void delete(Path path) throws IOException {
        Names.delete(own(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        CapsulePath from = own(source);
        CapsulePath to = own(target);
        boolean replace = has(options, StandardCopyOption.REPLACE_EXISTING);
        boolean keepTimes = has(options, StandardCopyOption.COPY_ATTRIBUTES);
        if (has(options, StandardCopyOption.ATOMIC_MOVE)) {
            throw new UnsupportedOperationException("ATOMIC_MOVE is for moving");
        }
        if (from.getFileSystem() != to.getFileSystem()) {
            Foreign.copy(from, to, replace, keepTimes);
            return;
        }
        Names.copy(from, to, replace, keepTimes);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        CapsulePath from = own(source);
        CapsulePath to = own(target);
        boolean atomic = has(options, StandardCopyOption.ATOMIC_MOVE);
        boolean replace = atomic || has(options, StandardCopyOption.REPLACE_EXISTING);
        if (from.getFileSystem() != to.getFileSystem()) {
            if (atomic) {
                throw new AtomicMoveNotSupportedException(
                        source.toString(), target.toString(), "these are two capsules");
            }
            Foreign.copy(from, to, replace, true);
            delete(from);
            return;
        }
        Names.move(from, to, replace);
    }

    private static boolean has(CopyOption[] options, CopyOption wanted) {
        boolean found = false;
        for (CopyOption option : options) {
            if (!(option instanceof StandardCopyOption) && !(option instanceof LinkOption)) {
                throw new UnsupportedOperationException("nothing in a capsule is copied or moved with " + option);
            }
            found |= option == wanted;
        }
        return found;
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        if (path.equals(other)) {
            return true;
        }
        return other instanceof CapsulePath second
                && own(path).getFileSystem() == second.getFileSystem()
                && Names.existing(own(path)).id() == Names.existing(second).id();
    }

    @Override
    public boolean isHidden(Path path) {
        Path name = path.getFileName();
        return name != null && name.toString().startsWith(".");
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        Names.existing(own(path));
        return new CapsuleFileStore(own(path).getFileSystem());
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        Node node = Names.existing(own(path));
        for (AccessMode mode : modes) {
            boolean allowed = switch (mode) {
                case READ -> true;
                case WRITE -> !own(path).getFileSystem().isReadOnly();
                case EXECUTE -> node.folder();
            };
            if (!allowed) {
                throw new AccessDeniedException(path.toString());
            }
        }
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return type == BasicFileAttributeView.class ? type.cast(new BasicAttributes.View(own(path))) : null;
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (type != BasicFileAttributes.class) {
            throw new UnsupportedOperationException("files of a capsule have basic attributes only");
        }
        return type.cast(new BasicAttributes(Names.existing(own(path))));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return new BasicAttributes(Names.existing(own(path))).named(attributes);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        var view = new BasicAttributes.View(own(path));
        FileTime time = (FileTime) value;
        switch (attribute.startsWith("basic:") ? attribute.substring(6) : attribute) {
            case "lastModifiedTime" -> view.setTimes(time, null, null);
            case "lastAccessTime" -> view.setTimes(null, time, null);
            case "creationTime" -> view.setTimes(null, null, time);
            default -> throw new IllegalArgumentException("no attribute " + attribute + " can be set");
        }
    }
}
