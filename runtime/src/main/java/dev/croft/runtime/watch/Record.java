package dev.croft.runtime.watch;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.runtime.WorkloadStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a later router must know of a workload: {@code record.json} in its directory, written before it starts.
 *
 * @param deadline milliseconds of the epoch, or -1
 * @param outputDirectory on the host, or null without a door
 * @param backend what its backend needs to find it again
 * @param born the name under which it was started and its backend knows it, where it was claimed under another since
 * @param deliver where its output is put when it has ended, if that is another directory than it writes to
 */
public record Record(
        String id,
        Map<String, String> labels,
        @Nullable String digest,
        long started,
        long deadline,
        @Nullable String outputDirectory,
        long outputBytes,
        long logBytes,
        Probe probe,
        int port,
        List<String> volumes,
        Map<String, String> backend,
        @Nullable String born,
        @Nullable String deliver) {
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** The name under which its backend knows it. */
    String bornAs() {
        return born == null ? id : born;
    }

    /** How it ended: {@code end.json}. */
    record End(
            WorkloadStatus.State state,
            WorkloadStatus.@Nullable Reason reason,
            @Nullable String detail,
            @Nullable Integer exitCode,
            long ended) {
        static Optional<End> read(Path directory) throws IOException {
            return Record.read(directory.resolve("end.json"), End.class);
        }

        void write(Path directory) throws IOException {
            Record.write(directory.resolve("end.json"), this);
        }
    }

    public static Optional<Record> read(Path directory) throws IOException {
        return read(directory.resolve("record.json"), Record.class);
    }

    void write(Path directory) throws IOException {
        write(directory.resolve("record.json"), this);
    }

    private static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
        return Files.exists(file) ? Optional.of(JSON.readValue(file.toFile(), type)) : Optional.empty();
    }

    private static void write(Path file, Object value) throws IOException {
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.write(whole, JSON.writeValueAsBytes(value));
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
