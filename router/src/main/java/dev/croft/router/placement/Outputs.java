package dev.croft.router.placement;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What services left in {@code /croft/output}. A service may put anything there, so only plain files at the top that have plain names are
 * given out, no link is followed, and nothing is opened while the service could still change it.
 */
public final class Outputs {
    private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);
    private static final int MOST_FILES = 1000;
    private static final String OUTPUT = "output";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}");

    private Outputs() {}

    /**
     * A file that a launch left.
     *
     * @param size in bytes
     */
    public record OutputFile(String name, long size, Instant modified) {
        /** Differs from that of any other file that has lain under this name, as far as its size and time do. */
        public String tag() {
            return size + "-" + modified.toEpochMilli();
        }
    }

    /**
     * A file that is being read; whoever gets it closes it.
     *
     * @param channel has at most {@code size} bytes
     */
    public record Content(OutputFile file, SeekableByteChannel channel) implements AutoCloseable {
        /** The file from that byte on; what is less than {@code size} at its end was taken away meanwhile. */
        public InputStream from(long position) throws IOException {
            return Channels.newInputStream(channel.position(position));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** The files of a launch whose door had that directory, by name; at most a thousand. */
    static List<OutputFile> list(Path door) {
        List<OutputFile> files = new ArrayList<>();
        try (SecureDirectoryStream<Path> output = open(door)) {
            for (Path path : output) {
                String name = path.getFileName().toString();
                if (files.size() < MOST_FILES && NAME.matcher(name).matches()) {
                    BasicFileAttributes attributes = attributes(output, name);
                    if (attributes.isRegularFile()) {
                        files.add(file(name, attributes));
                    }
                }
            }
        } catch (IOException e) {
            throw new RouterException.NotFound("output: it was not kept");
        }
        files.sort(Comparator.comparing(OutputFile::name));
        return files;
    }

    /** One of them. */
    static Content read(Path door, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new RouterException.NotFound("file");
        }
        try (SecureDirectoryStream<Path> output = open(door)) {
            BasicFileAttributes attributes = attributes(output, name);
            if (!attributes.isRegularFile()) {
                throw new RouterException.NotFound("file");
            }
            return new Content(
                    file(name, attributes),
                    output.newByteChannel(Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException e) {
            throw new RouterException.NotFound("file");
        }
    }

    private static OutputFile file(String name, BasicFileAttributes attributes) {
        return new OutputFile(
                name, attributes.size(), attributes.lastModifiedTime().toInstant());
    }

    /** The directory itself, held open, so that names in it cannot come to mean something else. */
    private static SecureDirectoryStream<Path> open(Path door) throws IOException {
        DirectoryStream<Path> entries = Files.newDirectoryStream(door);
        if (!(entries instanceof SecureDirectoryStream<Path> directory)) {
            entries.close();
            throw new IOException("this file system does not hold directories open");
        }
        try (directory) {
            return directory.newDirectoryStream(Path.of(OUTPUT), LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static BasicFileAttributes attributes(SecureDirectoryStream<Path> output, String name) throws IOException {
        return output.getFileAttributeView(Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    /** Deletes a door's directory with all in it; links are not followed. */
    static void delete(Path door) {
        try (Stream<Path> paths = Files.walk(door)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone already", door);
        } catch (IOException | RuntimeException e) {
            LOG.warn("what a launch left was not deleted: {}", e.toString());
        }
    }

    /** Deletes every door's directory in {@code doors} that no launch on record needs and that was not made just now. */
    static void sweep(Path doors, Set<Path> needed, Instant madeBefore) {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(doors)) {
            for (Path directory : directories) {
                if (!needed.contains(directory)
                        && Files.getLastModifiedTime(directory, LinkOption.NOFOLLOW_LINKS)
                                .toInstant()
                                .isBefore(madeBefore)) {
                    delete(directory);
                }
            }
        } catch (IOException e) {
            LOG.warn("old doors were not looked for: {}", e.toString());
        }
    }
}
