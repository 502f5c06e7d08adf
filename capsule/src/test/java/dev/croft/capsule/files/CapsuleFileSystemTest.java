package dev.croft.capsule.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleFileSystemTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();
    private Path directory;
    private URI uri;
    private FileSystem files;
    private Path root;

    @BeforeEach
    void create() throws IOException {
        directory = temp.resolve("c");
        var metadata = CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "files");
        CapsuleWriter.create(directory, metadata, writerKey, List.of(readerKey.publicKey()))
                .close();
        uri = URI.create("capsule://" + metadata.name() + "/");
        files = FileSystems.newFileSystem(
                uri, Map.of("directory", directory, "readerKey", readerKey, "writerKey", writerKey));
        root = Path.of(uri);
    }

    @AfterEach
    void close() throws IOException {
        files.close();
    }

    private static byte[] random(int bytes, long seed) {
        byte[] content = new byte[bytes];
        new SplittableRandom(seed).nextBytes(content);
        return content;
    }

    private long stored() throws IOException {
        ((CapsuleFileSystem) files).sync();
        long bytes = 0;
        try (Stream<Path> segments = Files.list(directory.resolve("segments"))) {
            for (Path segment : (Iterable<Path>) segments::iterator) {
                bytes += Files.size(segment);
            }
        }
        return bytes;
    }

    @Test
    void aProgramThatKnowsOnlyPathsWorksUnchanged() throws IOException {
        Path folder = Files.createDirectories(root.resolve("a/b/c"));
        Files.writeString(folder.resolve("text"), "one\ntwo\nthree\n");
        assertThat(Files.readAllLines(folder.resolve("text"))).containsExactly("one", "two", "three");
        try (BufferedReader reader = Files.newBufferedReader(folder.resolve("text"))) {
            assertThat(reader.lines().count()).isEqualTo(3);
        }
        Path there = Path.of(folder.resolve("text").toUri());
        assertThat(there).isEqualTo(folder.resolve("text"));
        assertThat(Files.size(there)).isEqualTo(14);
        Path local = Files.write(temp.resolve("local"), random(700_000, 1));
        Files.copy(local, root.resolve("a/copied"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.mismatch(local, root.resolve("a/copied"))).isEqualTo(-1);
        assertThat(Files.getLastModifiedTime(root.resolve("a/copied")).toMillis())
                .isEqualTo(Files.getLastModifiedTime(local).toMillis());
        Files.move(root.resolve("a/copied"), temp.resolve("back"));
        assertThat(Files.mismatch(local, temp.resolve("back"))).isEqualTo(-1);
        assertThat(Files.exists(root.resolve("a/copied"))).isFalse();
        try (Stream<Path> walk = Files.walk(root)) {
            assertThat(walk.map(Path::toString)).containsExactly("/", "/a", "/a/b", "/a/b/c", "/a/b/c/text");
        }
        Files.writeString(root.resolve("x.txt"), "x");
        Files.writeString(root.resolve("y.md"), "y");
        try (DirectoryStream<Path> found = Files.newDirectoryStream(root, "*.{txt,md}")) {
            assertThat(found).extracting(Path::toString).containsExactly("/x.txt", "/y.md");
        }
        try (Stream<Path> found =
                Files.find(root, 9, (_, attributes) -> attributes.isRegularFile() && attributes.size() == 1)) {
            assertThat(found).hasSize(2);
        }
        assertThat(Files.readAttributes(root.resolve("x.txt"), "size,isDirectory"))
                .containsEntry("size", 1L)
                .containsEntry("isDirectory", false);
        Path temporary = Files.createTempFile(root, "some", ".tmp");
        assertThat(Files.exists(temporary)).isTrue();
        assertThat(Files.isWritable(temporary)).isTrue();
        assertThat(Files.isExecutable(temporary)).isFalse();
        assertThat(Files.isSameFile(root.resolve("a/../x.txt"), root.resolve("x.txt")))
                .isTrue();
    }

    @Test
    void anAtomicMoveReplacesAFileWholeAndLastsThroughReopening() throws IOException {
        Path target = Files.writeString(root.resolve("state"), "old");
        Path fresh = Files.writeString(root.resolve("state.new"), "new");
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        files.close();
        assertThatThrownBy(() -> Files.exists(target)).isInstanceOf(ClosedFileSystemException.class);
        assertThatThrownBy(() -> Path.of(uri)).isInstanceOf(FileSystemNotFoundException.class);
        files = FileSystems.newFileSystem(
                uri, Map.of("directory", directory, "readerKey", readerKey, "writerKey", writerKey));
        assertThat(Files.readString(Path.of(uri).resolve("state"))).isEqualTo("new");
        assertThat(Files.exists(Path.of(uri).resolve("state.new"))).isFalse();
        assertThatThrownBy(() -> FileSystems.newFileSystem(uri, Map.of()))
                .isInstanceOf(FileSystemAlreadyExistsException.class);
    }

    @Test
    void channelsOfOneFileSeeEachOthersWrites() throws IOException {
        Path path = root.resolve("shared");
        try (FileChannel one = FileChannel.open(
                        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                SeekableByteChannel two = Files.newByteChannel(path);
                OutputStream appending = Files.newOutputStream(path, StandardOpenOption.APPEND)) {
            one.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            appending.write(" world".getBytes(StandardCharsets.UTF_8));
            ByteBuffer into = ByteBuffer.allocate(20);
            assertThat(two.read(into)).isEqualTo(11);
            assertThat(new String(into.array(), 0, 11, StandardCharsets.UTF_8)).isEqualTo("hello world");
            assertThat(two.read(into)).isEqualTo(-1);
            one.write(ByteBuffer.wrap("J".getBytes(StandardCharsets.UTF_8)), 0);
            one.truncate(5);
            assertThat(two.size()).isEqualTo(5);
            one.write(ByteBuffer.wrap("!".getBytes(StandardCharsets.UTF_8)), 9);
            assertThat(Files.readAllBytes(path)).isEqualTo("Jello\0\0\0\0!".getBytes(StandardCharsets.UTF_8));
            one.force(true);
            assertThat(one.transferTo(
                            0,
                            100,
                            Files.newByteChannel(
                                    temp.resolve("out"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)))
                    .isEqualTo(10);
            assertThat(one.transferFrom(Files.newByteChannel(temp.resolve("out")), 10, 4))
                    .isEqualTo(4);
            assertThat(Files.size(path)).isEqualTo(14);
        }
    }

    @Test
    void contentIsStoredOnceAndACopyStoresNone() throws IOException {
        byte[] content = random(3_000_000, 7);
        Files.write(root.resolve("one"), content);
        long before = stored();
        Files.copy(root.resolve("one"), root.resolve("two"));
        Files.write(root.resolve("three"), content);
        byte[] inserted = new byte[content.length + 10];
        System.arraycopy(content, 0, inserted, 0, 1_000_000);
        System.arraycopy(content, 1_000_000, inserted, 1_000_010, 2_000_000);
        Files.write(root.resolve("four"), inserted);
        assertThat(stored() - before).isLessThan(700_000);
        assertThat(Files.readAllBytes(root.resolve("two"))).isEqualTo(content);
        assertThat(Files.readAllBytes(root.resolve("three"))).isEqualTo(content);
        assertThat(Files.readAllBytes(root.resolve("four"))).isEqualTo(inserted);
    }

    @Test
    void randomWritesAndCutsOfALargeFileAreThoseOfAnArray() throws IOException {
        SplittableRandom random = new SplittableRandom(12);
        byte[] model = new byte[0];
        try (FileChannel channel = FileChannel.open(
                root.resolve("large"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 400; i++) {
                if (random.nextInt(20) == 0) {
                    int size = random.nextInt(model.length + 1);
                    channel.truncate(size);
                    model = Arrays.copyOf(model, size);
                }
                int offset = random.nextInt(1_000_000);
                byte[] bytes = random(random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(300), i);
                channel.write(ByteBuffer.wrap(bytes), offset);
                if (bytes.length > 0) {
                    model = Arrays.copyOf(model, Math.max(model.length, offset + bytes.length));
                    System.arraycopy(bytes, 0, model, offset, bytes.length);
                }
                int from = random.nextInt(model.length + 1);
                ByteBuffer into = ByteBuffer.allocate(random.nextInt(100_000));
                int read = channel.read(into, from);
                assertThat(Math.max(0, read)).isEqualTo(Math.min(into.capacity(), model.length - from));
                assertThat(Arrays.copyOf(into.array(), Math.max(0, read)))
                        .isEqualTo(Arrays.copyOfRange(model, from, from + Math.max(0, read)));
            }
        }
        assertThat(Files.readAllBytes(root.resolve("large"))).isEqualTo(model);
    }

    @Test
    void anotherProcessWithACopyReadsThePresentAndAnyPastTime() throws IOException {
        CapsuleFileSystem writing = (CapsuleFileSystem) files;
        Files.writeString(root.resolve("f"), "first");
        writing.sync();
        long size = writing.size();
        Instant time = Instant.now();
        while (!Instant.now().isAfter(time.plusNanos(2000))) {
            Thread.onSpinWait();
        }
        Files.writeString(root.resolve("f"), "second");
        Files.writeString(root.resolve("g"), "more");
        files.close();
        for (Map.Entry<String, ?> past : List.of(Map.entry("size", size), Map.entry("time", time))) {
            try (FileSystem then = FileSystems.newFileSystem(
                    uri, Map.of("directory", directory, "readerKey", readerKey, past.getKey(), past.getValue()))) {
                Path there = then.getPath("/");
                assertThat(Files.readString(there.resolve("f"))).isEqualTo("first");
                assertThat(Files.exists(there.resolve("g"))).isFalse();
                assertThat(then.isReadOnly()).isTrue();
                assertThatThrownBy(() -> Files.writeString(there.resolve("f"), "x"))
                        .isInstanceOf(ReadOnlyFileSystemException.class);
            }
        }
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey);
                CapsuleFileSystem follower = CapsuleFileSystem.of(reader)) {
            Path there = follower.getPath("/");
            assertThat(Files.readString(there.resolve("f"))).isEqualTo("second");
            create(writing.name().toString());
            Files.writeString(Path.of(uri).resolve("g"), "later");
            ((CapsuleFileSystem) files).sync();
            assertThat(Files.readString(there.resolve("g"))).isEqualTo("more");
            follower.refresh();
            assertThat(Files.readString(there.resolve("g"))).isEqualTo("later");
            assertThat(Files.readString(follower.at(size).getPath("/f"))).isEqualTo("first");
        }
    }

    private void create(String name) throws IOException {
        files = FileSystems.newFileSystem(
                URI.create("capsule://" + name),
                Map.of("directory", directory, "readerKey", readerKey, "writerKey", writerKey));
    }

    @Test
    void whatIsNotSupportedSaysSo() throws IOException {
        Path path = Files.writeString(root.resolve("f"), "x");
        assertThatThrownBy(() -> Files.createSymbolicLink(root.resolve("l"), path))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> Files.createFile(
                        root.resolve("p"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(Files.exists(root.resolve("p"))).isFalse();
        assertThatThrownBy(() -> Files.getOwner(path)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(path::toFile).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> files.newWatchService()).isInstanceOf(UnsupportedOperationException.class);
        try (FileChannel channel = FileChannel.open(path)) {
            assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(channel::tryLock).isInstanceOf(UnsupportedOperationException.class);
        }
        Path folder = Files.createDirectories(root.resolve("d/e"));
        assertThatThrownBy(() -> Files.move(root.resolve("d"), folder.resolve("in")))
                .isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.newByteChannel(folder)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.delete(root)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.writeString(root.resolve("n".repeat(300)), "x"))
                .isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.move(path, temp.resolve("f"), StandardCopyOption.ATOMIC_MOVE))
                .isInstanceOf(AtomicMoveNotSupportedException.class);
    }

    @Test
    void aFileDeletedWhileItIsOpenIsGoneForItsChannels() throws IOException {
        Path path = Files.writeString(root.resolve("f"), "x");
        try (SeekableByteChannel reading = Files.newByteChannel(path);
                SeekableByteChannel writing = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
            writing.write(ByteBuffer.wrap(new byte[10]));
            Files.delete(path);
            assertThatThrownBy(() -> reading.read(ByteBuffer.allocate(1))).isInstanceOf(NoSuchFileException.class);
        }
        assertThat(Files.exists(path)).isFalse();
        try (SeekableByteChannel brief = Files.newByteChannel(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
            brief.write(ByteBuffer.wrap(new byte[10]));
            assertThat(Files.exists(path)).isTrue();
        }
        assertThat(Files.exists(path)).isFalse();
    }

    @Test
    void timesAreKeptToTheMicrosecond() throws IOException {
        Path path = Files.writeString(root.resolve("f"), "x");
        FileTime time = FileTime.from(Instant.parse("2020-01-02T03:04:05.678901Z"));
        Files.setLastModifiedTime(path, time);
        assertThat(Files.readAttributes(path, BasicFileAttributes.class).lastModifiedTime())
                .isEqualTo(time);
        Files.setAttribute(path, "creationTime", time);
        assertThat(Files.getAttribute(path, "basic:creationTime")).isEqualTo(time);
    }

    @Test
    void pathsBehaveAsThoseOfTheMachine() {
        SplittableRandom random = new SplittableRandom(2);
        List<String> texts = new ArrayList<>(List.of("", "/", ".", "..", "a//b/", "/../a"));
        for (int i = 0; i < 60; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "/" : "");
            for (int n = random.nextInt(4); n > 0; n--) {
                text.append(List.of("a", "b", ".", "..", "cc").get(random.nextInt(5)))
                        .append(n > 1 ? "/" : "");
            }
            texts.add(text.toString());
        }
        for (String first : texts) {
            Path ours = files.getPath(first);
            Path theirs = Path.of(first);
            assertThat(ours).hasToString(theirs.toString());
            assertThat(ours.getNameCount()).as(first).isEqualTo(theirs.getNameCount());
            assertThat(String.valueOf(ours.getParent())).as(first).isEqualTo(String.valueOf(theirs.getParent()));
            assertThat(String.valueOf(ours.getFileName())).as(first).isEqualTo(String.valueOf(theirs.getFileName()));
            assertThat(ours.normalize())
                    .as(first)
                    .hasToString(theirs.normalize().toString());
            for (String second : texts) {
                Path other = files.getPath(second);
                Path theirOther = Path.of(second);
                assertThat(ours.resolve(other))
                        .hasToString(theirs.resolve(theirOther).toString());
                assertThat(ours.startsWith(other)).as(first + ", " + second).isEqualTo(theirs.startsWith(theirOther));
                assertThat(ours.endsWith(other)).as(first + ", " + second).isEqualTo(theirs.endsWith(theirOther));
                assertThat(Integer.signum(ours.compareTo(other)))
                        .isEqualTo(Integer.signum(theirs.compareTo(theirOther)));
            }
        }
        for (String glob : List.of("*", "**", "/a/*", "**/b", "{a,b}", "?", "[ab]", "[!a]*", "a*", "\\*")) {
            for (String text : texts) {
                assertThat(files.getPathMatcher("glob:" + glob).matches(files.getPath(text)))
                        .as(glob + " " + text)
                        .isEqualTo(FileSystems.getDefault()
                                .getPathMatcher("glob:" + glob)
                                .matches(Path.of(text)));
            }
        }
    }
}
