package dev.croft.capsule.files;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.view.CachedLog;
import dev.croft.capsule.view.CheckpointedMap;
import dev.croft.capsule.view.Journal;
import dev.croft.capsule.view.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A capsule as a {@code java.nio.file} file system. Its writer changes it; whoever holds a copy and a reader's key sees it, now
 * and as of any past record or time ({@link #at(long)}). Content is cut into chunks and stored once; copying a file stores
 * nothing of it anew.
 *
 * <p>As on a disk, what was written is durable after {@code FileChannel.force}, a write with {@code SYNC}, {@link #sync} or {@link
 * #close}; after a crash a prefix of all changes is there, in the order in which they were made. Each change of names, also a move
 * that replaces a file, happens whole or not. What a channel gathered but did not hand over by closing, forcing or gathering 1 MiB
 * is lost in a crash.
 *
 * <p>There are no links, owners and permissions; mapping into memory, locks and watching are unsupported and say so. A file that is
 * deleted while it is open is gone for its channels too. What files no longer hold stays in the capsule, for the past, until its epoch is
 * shredded.
 *
 * <p>Thread-safe. Two file systems are equal only when they are the same.
 */
public final class CapsuleFileSystem extends FileSystem {
    private static final long CACHED_BYTES = 16 << 20;

    private final CapsuleFileSystemProvider provider;
    private final CapsuleMetadata metadata;
    private final CachedLog log;
    private final FileTree tree;
    private final ReadAhead ahead;
    private final @Nullable FileTreeWriter writer;
    private final @Nullable CapsuleReader reader;
    private final OptionalLong asOf;
    private final OpenFiles files = new OpenFiles(this);
    private Runnable onClose = () -> {};
    private volatile boolean open = true;

    private CapsuleFileSystem(
            CapsuleMetadata metadata,
            CachedLog log,
            FileTree tree,
            @Nullable FileTreeWriter writer,
            @Nullable CapsuleReader reader,
            OptionalLong asOf) {
        this.provider = CapsuleFileSystemProvider.installed();
        this.metadata = metadata;
        this.log = log;
        this.tree = tree;
        this.ahead = new ReadAhead(tree, log);
        this.writer = writer;
        this.reader = reader;
        this.asOf = asOf;
    }

    /**
     * The file system of a capsule, to read and write. While it is open nothing else may append; the writer stays the caller's to
     * close, after this.
     */
    public static CapsuleFileSystem of(CapsuleWriter writer) {
        return of(writer, InstantSource.system(), FileTreeWriter.standardCheckpointKeys());
    }

    static CapsuleFileSystem of(CapsuleWriter writer, InstantSource clock, int checkpointKeys) {
        Journal journal = new Journal(writer);
        CachedLog log = new CachedLog(journal, CACHED_BYTES);
        FileTree tree = tree(writer.metadata(), log, CheckpointedMap.open(log, new FileRecord.Codec()), null);
        return new CapsuleFileSystem(
                writer.metadata(),
                log,
                tree,
                new FileTreeWriter(journal, tree, clock, checkpointKeys),
                null,
                OptionalLong.empty());
    }

    /** The file system of a copy of a capsule, to read; {@link #refresh} shows what was appended since. */
    public static CapsuleFileSystem of(CapsuleReader reader) {
        CachedLog log = new CachedLog(RecordLog.of(reader), CACHED_BYTES);
        return new CapsuleFileSystem(
                reader.metadata(),
                log,
                tree(reader.metadata(), log, CheckpointedMap.open(log, new FileRecord.Codec()), null),
                null,
                reader,
                OptionalLong.empty());
    }

    private static FileTree tree(CapsuleMetadata metadata, RecordLog log, CheckpointedMap map, @Nullable Long fixed) {
        LongSupplier size = fixed == null ? map::applied : () -> fixed;
        return new FileTree(map, log, size, metadata.created().toEpochMilli() * 1000);
    }

    /** The file system as it was when the capsule had {@code size} records, to read. */
    public CapsuleFileSystem at(long size) {
        if (size < 0 || size > tree.map().applied()) {
            throw new CapsuleException.NoSuchRecord(size, tree.map().applied());
        }
        return new CapsuleFileSystem(
                metadata, log, tree(metadata, log, tree.map(), size), null, null, OptionalLong.of(size));
    }

    /** The file system as it was at this time by the writer's clock, to read. */
    public CapsuleFileSystem at(Instant time) {
        return at(log.sizeAt(time, tree.map().applied()));
    }

    /** How many records of the capsule are shown. */
    public long size() {
        return tree.size().getAsLong();
    }

    /** The past size that is shown; empty when it is the present. */
    public OptionalLong asOf() {
        return asOf;
    }

    /** The same files by number instead of by path. */
    public FileNodes nodes() {
        return new FileNodes(this);
    }

    /** The capsule's name. */
    public CapsuleName name() {
        return metadata.name();
    }

    /** Shows what was appended to the copy since; nothing on a file system that is written here, or of the past. */
    public void refresh() {
        if (reader != null) {
            tree.map().refresh(reader.refresh().size());
        }
    }

    /** Hands over what channels gathered, and waits until everything is durable. */
    public void sync() {
        if (writer != null) {
            files.flush();
            writer.journal().sync();
        }
    }

    /** Appends a checkpoint, from which the file system opens at once. Now and then one is made by itself. */
    public void checkpoint() {
        files.flush();
        writer().checkpoint(false);
    }

    /**
     * Begins a new epoch, see {@link CapsuleWriter#rotate}. Names and attributes then need no older data key; content that was
     * written before still does.
     *
     * @return the new epoch
     */
    public int rotate(List<ReaderPublicKey> readers) {
        files.flush();
        FileTreeWriter tree = writer();
        return tree.exclusively(() -> {
            tree.journal().sync();
            int epoch = tree.journal().writer().rotate(readers);
            tree.checkpoint(true);
            tree.journal().sync();
            return epoch;
        });
    }

    FileTree tree() {
        if (!open) {
            throw new ClosedFileSystemException();
        }
        return tree;
    }

    /** Reads bytes of a file from this position on. */
    void read(Node file, long position, ByteBuffer into) {
        ahead.reading(file, position, into.remaining());
        tree().read(file, position, into);
    }

    FileTreeWriter writer() {
        if (!open) {
            throw new ClosedFileSystemException();
        }
        if (writer == null) {
            throw new ReadOnlyFileSystemException();
        }
        return writer;
    }

    /** What a path names, with what channels gathered for it. */
    @Nullable
    Node node(CapsulePath path) {
        Node node = tree().find(path.fromRoot());
        return node != null && files.flush(node.id()) ? tree().node(node.id()) : node;
    }

    /** The files that are open to write. */
    OpenFiles files() {
        return files;
    }

    void onClose(Runnable action) {
        onClose = action;
    }

    /** Runs what may fail for want of a key or a disk, as an I/O error that names the path. */
    void reading(Path path, Runnable work) throws IOException {
        try {
            work.run();
        } catch (CapsuleException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    void writing(Path path, Runnable work) throws IOException {
        if (!open) {
            throw new ClosedFileSystemException();
        }
        reading(path, work);
    }

    @Override
    public CapsuleFileSystemProvider provider() {
        return provider;
    }

    /** Makes everything durable; a reader or writer that the provider opened is closed with it. */
    @Override
    public void close() throws IOException {
        if (!open) {
            return;
        }
        try {
            reading(getPath("/"), this::sync);
        } finally {
            open = false;
            onClose.run();
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isReadOnly() {
        return writer == null;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(CapsulePath.root(this));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of(new CapsuleFileStore(this));
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic");
    }

    @Override
    public CapsulePath getPath(String first, String... more) {
        StringBuilder text = new StringBuilder(first);
        for (String part : more) {
            if (!part.isEmpty()) {
                text.append(text.isEmpty() ? "" : "/").append(part);
            }
        }
        return CapsulePath.parse(this, text.toString());
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        // The default file system's matchers look at a path's text only.
        return Globs.matcher(syntaxAndPattern);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("files of a capsule have no owners");
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("a capsule's folders cannot be watched: follow the capsule");
    }
}
