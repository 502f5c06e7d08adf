package dev.croft.app.cli;

import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleWriter;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule append}: records from files, or from the lines of standard input. */
@Command(
        name = "append",
        description = {
            "Append each FILE as a record, or without --file each line of standard input.",
            "Ends once everything is durable; lines that come slowly are appended as they come."
        })
final class CapsuleAppendCommand extends Subcommand {
    private static final int MOST_WAITING = 4096;
    private static final int MOST_WAITING_BYTES = 8 << 20;

    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "A file whose content becomes one record, at most 16 MiB; may be repeated.")
    List<Path> files = List.of();

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleWriter writer = keys.open(directory)) {
            long first = writer.size();
            if (files.isEmpty()) {
                lines(writer, System.in);
            } else {
                for (Path file : files) {
                    writer.append(content(file));
                }
            }
            long count = writer.size() - first;
            if (count == 0) {
                output.line("nothing appended, %d records", writer.size());
            } else {
                output.line("appended %d to %d, durable", first, writer.size() - 1);
            }
            output.result(Map.of("first", first, "count", count, "size", writer.size()));
        }
        return ExitStatus.OK;
    }

    private static byte[] content(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.size(file) > CapsuleOptions.MOST_RECORD_BYTES) {
            throw new CommandException(ExitStatus.INPUT, file + ": a record has at most 16 MiB");
        }
        return Files.readAllBytes(file);
    }

    private static void lines(CapsuleWriter writer, InputStream from) throws IOException {
        InputStream in = new BufferedInputStream(from, 64 << 10);
        List<byte[]> waiting = new ArrayList<>();
        long bytes = 0;
        for (byte[] line = line(in); line != null; line = line(in)) {
            waiting.add(line);
            bytes += line.length;
            if (in.available() == 0 || waiting.size() == MOST_WAITING || bytes > MOST_WAITING_BYTES) {
                writer.append(List.copyOf(waiting));
                waiting.clear();
                bytes = 0;
            }
        }
        if (!waiting.isEmpty()) {
            writer.append(waiting);
        }
    }

    private static byte @Nullable [] line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            line.write(next);
            if (line.size() > CapsuleOptions.MOST_RECORD_BYTES) {
                throw new CommandException(ExitStatus.INPUT, "a line has at most 16 MiB");
            }
            next = in.read();
        }
        return line.toByteArray();
    }
}
