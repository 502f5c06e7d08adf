package dev.croft.capsule.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Seeded;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.files.ModelFiles.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of a capsule's file system beside the same on the machine's file system and on a plain map. */
class FileHistoryTest {
    private static final int CHECKPOINT_KEYS = 40;

    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();
    private int made;

    private enum Kind {
        FOLDER,
        WRITE,
        WRITE_AT,
        APPEND,
        CUT,
        DELETE,
        MOVE,
        COPY,
        SYNC,
        CHECKPOINT,
        REOPEN
    }

    private record Step(Kind kind, String path, String other, int offset, int length, boolean replace, long seed) {
        static Step draw(SplittableRandom random) {
            Kind[] kinds = Kind.values();
            return new Step(
                    kinds[random.nextInt(kinds.length)],
                    path(random),
                    path(random),
                    random.nextInt(3) == 0 ? random.nextInt(300_000) : random.nextInt(50),
                    random.nextInt(3) == 0 ? random.nextInt(400_000) : random.nextInt(40),
                    random.nextBoolean(),
                    random.nextInt(5));
        }

        private static String path(SplittableRandom random) {
            StringBuilder path = new StringBuilder();
            for (int depth = random.nextInt(3); depth >= 0; depth--) {
                path.append('/').append("pqr".charAt(random.nextInt(3)));
            }
            return path.toString();
        }

        byte[] bytes() {
            byte[] bytes = new byte[length];
            new SplittableRandom(seed).nextBytes(bytes);
            return bytes;
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static Outcome outcome(Work work) throws IOException {
        try {
            work.run();
            return Outcome.DONE;
        } catch (ModelFiles.Refused e) {
            return e.outcome;
        } catch (DirectoryNotEmptyException e) {
            return Outcome.NOT_EMPTY;
        } catch (FileAlreadyExistsException e) {
            return Outcome.EXISTS;
        } catch (NoSuchFileException e) {
            return Outcome.ABSENT;
        } catch (FileSystemException e) {
            boolean notAFolder = e.getReason() != null && e.getReason().contains("Not a directory");
            return notAFolder ? Outcome.ABSENT : Outcome.OTHER;
        }
    }

    private static void apply(Step step, Path root) throws IOException {
        Path path = root.resolve(step.path.substring(1));
        Path other = root.resolve(step.other.substring(1));
        CopyOption[] options =
                step.replace ? new CopyOption[] {StandardCopyOption.REPLACE_EXISTING} : new CopyOption[0];
        switch (step.kind) {
            case FOLDER -> Files.createDirectory(path);
            case WRITE -> Files.write(path, step.bytes());
            case WRITE_AT -> {
                try (SeekableByteChannel channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
                    channel.position(step.offset);
                    channel.write(ByteBuffer.wrap(step.bytes()));
                }
            }
            case APPEND -> Files.write(path, step.bytes(), StandardOpenOption.APPEND, StandardOpenOption.CREATE);
            case CUT -> {
                try (SeekableByteChannel channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
                    channel.truncate(step.offset);
                }
            }
            case DELETE -> Files.delete(path);
            case MOVE -> Files.move(path, other, options);
            case COPY -> Files.copy(path, other, options);
            case SYNC, CHECKPOINT, REOPEN -> {}
        }
    }

    private static void apply(Step step, ModelFiles model) {
        switch (step.kind) {
            case FOLDER -> model.folder(step.path);
            case WRITE -> {
                model.content(step.path, true);
                model.write(step.path, 0, step.bytes(), true);
                model.cut(step.path, step.length);
            }
            case WRITE_AT -> {
                model.content(step.path, false);
                if (step.length > 0) {
                    model.write(step.path, step.offset, step.bytes(), false);
                }
            }
            case APPEND -> model.write(step.path, model.content(step.path, true).length, step.bytes(), true);
            case CUT -> model.cut(step.path, step.offset);
            case DELETE -> model.delete(step.path);
            case MOVE -> model.move(step.path, step.other, step.replace);
            case COPY -> model.copy(step.path, step.other, step.replace);
            case SYNC, CHECKPOINT, REOPEN -> {}
        }
    }

    private static Map<String, String> shown(Path root) throws IOException {
        Map<String, String> shown = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                if (!path.equals(root)) {
                    byte[] bytes = Files.isDirectory(path) ? null : Files.readAllBytes(path);
                    shown.put(
                            "/" + root.relativize(path),
                            bytes == null ? "folder" : bytes.length + ":" + Arrays.hashCode(bytes));
                }
            }
        }
        return shown;
    }

    private CapsuleFileSystem open(CapsuleWriter writer) {
        return CapsuleFileSystem.of(writer, InstantSource.system(), CHECKPOINT_KEYS);
    }

    /** What the files were once the capsule had this many records. */
    private record State(long size, Map<String, String> files) {}

    @Test
    void anyHistoryIsThatOfADiskAndOfAMapNowAndAtEveryPastSizeAndAfterAnyCrash() {
        Seeded.forAll(
                20,
                60,
                random -> {
                    Step step = Step.draw(random);
                    // A disk deletes the target before it refuses to move a folder into itself.
                    return step.kind == Kind.MOVE && step.other.startsWith(step.path + "/") ? Step.draw(random) : step;
                },
                steps -> check(steps.stream()
                        .filter(step -> step.kind != Kind.MOVE || !step.other.startsWith(step.path + "/"))
                        .toList()));
    }

    private void check(List<Step> steps) throws IOException {
        Path disk = Files.createDirectory(temp.resolve("disk" + made));
        Path directory = temp.resolve("c" + made++);
        Path segment = directory.resolve("segments/00000000000000000000.seg");
        ModelFiles model = new ModelFiles();
        List<State> states = new ArrayList<>(List.of(new State(0, Map.of())));
        TreeMap<Long, Long> synced = new TreeMap<>();
        var metadata = CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "files");
        CapsuleWriter writer = CapsuleWriter.create(directory, metadata, writerKey, List.of(readerKey.publicKey()));
        CapsuleFileSystem files = open(writer);
        synced.put(Files.size(segment), 0L);
        for (Step step : steps) {
            Path root = files.getPath("/");
            Outcome expected = outcome(() -> apply(step, model));
            assertThat(outcome(() -> apply(step, disk)))
                    .as("the disk, %s", step)
                    .isEqualTo(expected);
            assertThat(outcome(() -> apply(step, root)))
                    .as("the capsule, %s", step)
                    .isEqualTo(expected);
            if (step.kind == Kind.SYNC) {
                files.sync();
                synced.put(Files.size(segment), files.size());
            } else if (step.kind == Kind.CHECKPOINT) {
                files.checkpoint();
            } else if (step.kind == Kind.REOPEN) {
                files.close();
                writer.close();
                writer = CapsuleWriter.open(directory, writerKey, readerKey);
                files = open(writer);
            }
            states.add(new State(files.size(), model.shown()));
        }
        assertThat(shown(disk)).isEqualTo(model.shown());
        assertThat(shown(files.getPath("/"))).isEqualTo(model.shown());
        files.close();
        writer.close();
        pastStates(directory, states);
        if (Files.size(segment) > 0) {
            crashes(directory, segment, states, synced);
        }
    }

    private void pastStates(Path directory, List<State> states) throws IOException {
        assertThat(CapsuleVerifier.verify(directory).intact()).isTrue();
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
            CapsuleFileSystem files = CapsuleFileSystem.of(reader);
            for (State state : states.reversed()) {
                try (CapsuleFileSystem past = files.at(state.size)) {
                    assertThat(shown(past.getPath("/"))).as("at %d", state.size).isEqualTo(state.files);
                }
            }
        }
    }

    /** Whatever of the file reached the disk, some prefix of the history is there, and all that was synced. */
    private void crashes(Path directory, Path segment, List<State> states, TreeMap<Long, Long> synced)
            throws IOException {
        byte[] whole = Files.readAllBytes(segment);
        SplittableRandom random = new SplittableRandom(whole.length);
        for (int i = 0; i < 6; i++) {
            int cut = random.nextInt(synced.firstKey().intValue(), whole.length + 1);
            Files.write(segment, Arrays.copyOf(whole, cut));
            Files.deleteIfExists(directory.resolve("tail"));
            try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey);
                    CapsuleFileSystem files = open(writer)) {
                long size = files.size();
                assertThat(size)
                        .isGreaterThanOrEqualTo(synced.floorEntry((long) cut).getValue());
                for (State state : states) {
                    if (state.size == size) {
                        assertThat(shown(files.getPath("/"))).isEqualTo(state.files);
                    }
                }
                Files.writeString(files.getPath("/after"), "the writer goes on");
            }
            try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
                assertThat(Files.readString(CapsuleFileSystem.of(reader).getPath("/after")))
                        .isEqualTo("the writer goes on");
            }
        }
        Files.write(segment, whole);
    }
}
