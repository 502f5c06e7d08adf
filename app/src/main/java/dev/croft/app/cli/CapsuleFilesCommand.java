package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.files.CapsuleFileSystem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code croft capsule files}: a capsule's files without mounting it. */
@Command(
        name = "files",
        description = "A capsule's files, where it is not mounted.",
        subcommands = {
            CapsuleFilesCommand.Show.class,
            CapsuleFilesCommand.Get.class,
            CapsuleFilesCommand.Put.class,
            CapsuleFilesCommand.Move.class,
            CapsuleFilesCommand.Delete.class
        })
final class CapsuleFilesCommand extends Group {
    /** What is read and shown. */
    abstract static class Reading extends CapsulePast {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (CapsuleReader reader = reading.open(directory);
                    CapsuleFileSystem system = CapsuleFileSystem.of(reader)) {
                show(at == null ? system : system.at(at.in(reader)), output);
            }
            return ExitStatus.OK;
        }

        abstract void show(CapsuleFileSystem system, Output output) throws IOException;
    }

    /** {@code croft capsule files list}. */
    @Command(name = "list", description = "List all files and folders below a folder.")
    static final class Show extends Reading {
        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "PATH",
                defaultValue = "/",
                description = "The folder (default: all).")
        String path = "/";

        /** One file or folder. */
        record Line(String path, boolean folder, long size, String modified) {}

        @Override
        void show(CapsuleFileSystem system, Output output) throws IOException {
            Path top = inside(system, path);
            List<Line> lines = new ArrayList<>();
            try (Stream<Path> paths = Files.walk(top)) {
                for (Path each : (Iterable<Path>) paths.filter(one -> !one.equals(top))::iterator) {
                    boolean folder = Files.isDirectory(each);
                    lines.add(new Line(
                            each.toString(),
                            folder,
                            folder ? 0 : Files.size(each),
                            Files.getLastModifiedTime(each).toString()));
                }
            }
            output.table(
                    List.of("bytes", "changed", "path"),
                    lines.stream()
                            .map(line ->
                                    List.of(line.folder ? "-" : Long.toString(line.size), line.modified, line.path))
                            .toList());
            output.result(lines);
        }
    }

    /** {@code croft capsule files get}. */
    @Command(name = "get", description = "Copy a file out, to standard output or a new file.")
    static final class Get extends Reading {
        @Parameters(index = "1", paramLabel = "PATH", description = "The file in the capsule.")
        String path = "";

        @Parameters(index = "2", arity = "0..1", paramLabel = "FILE", description = "A file to be made.")
        @Nullable
        Path target;

        @Override
        void show(CapsuleFileSystem system, Output output) throws IOException {
            Path file = inside(system, path);
            if (Files.isDirectory(file)) {
                throw new CommandException(ExitStatus.INPUT, path + ": a folder");
            }
            if (target == null) {
                output.out().flush();
                Files.copy(file, System.out);
                System.out.flush();
            } else {
                Files.copy(file, target);
                output.line("%d bytes", Files.size(target));
                output.result(Map.of("bytes", Files.size(target)));
            }
        }
    }

    /** What is changed. */
    abstract static class Writing extends Subcommand {
        @Parameters(index = "0", paramLabel = "DIR", description = "Directory of a capsule.")
        Path directory;

        @Mixin
        CapsuleKeys keys;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (CapsuleWriter writer = keys.open(directory);
                    CapsuleFileSystem system = CapsuleFileSystem.of(writer)) {
                change(system);
                system.sync();
                output.line("durable, %d records", writer.size());
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("size", writer.size());
                output.result(result);
            }
            return ExitStatus.OK;
        }

        abstract void change(CapsuleFileSystem system) throws IOException;
    }

    /** {@code croft capsule files put}. */
    @Command(name = "put", description = "Copy a file in, with the folders it needs, in place of what has its name.")
    static final class Put extends Writing {
        @Parameters(index = "1", paramLabel = "FILE", description = "The file to copy.")
        Path file;

        @Parameters(index = "2", paramLabel = "PATH", description = "Its path in the capsule.")
        String path = "";

        @Override
        void change(CapsuleFileSystem system) throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new NoSuchFileException(file.toString());
            }
            Path target = absolute(system, path);
            Path parent = target.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try (OutputStream out = Files.newOutputStream(target)) {
                Files.copy(file, out);
            }
        }
    }

    /** {@code croft capsule files move}. */
    @Command(name = "move", description = "Give a file or folder another name.")
    static final class Move extends Writing {
        @Parameters(index = "1", paramLabel = "FROM", description = "The old path.")
        String from = "";

        @Parameters(index = "2", paramLabel = "TO", description = "The new path, which nothing has.")
        String to = "";

        @Override
        void change(CapsuleFileSystem system) throws IOException {
            Path target = absolute(system, to);
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(to);
            }
            Files.move(inside(system, from), target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** {@code croft capsule files delete}. */
    @Command(name = "delete", description = "Take a file or an empty folder away; its past stays.")
    static final class Delete extends Writing {
        @Parameters(index = "1", paramLabel = "PATH", description = "The path.")
        String path = "";

        @Override
        void change(CapsuleFileSystem system) throws IOException {
            Files.delete(inside(system, path));
        }
    }

    private static Path absolute(CapsuleFileSystem system, String path) {
        Path root = system.getPath("/");
        return root.resolve(path).normalize();
    }

    private static Path inside(CapsuleFileSystem system, String path) {
        Path found = absolute(system, path);
        if (Files.notExists(found)) {
            throw new CommandException(ExitStatus.NOT_FOUND, "there is no " + path);
        }
        return found;
    }
}
