package dev.croft.mobility.pipeline;

import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryIdentity;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.EntryResult.Refused;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;

/**
 * Runs the pipeline on files: plain or gzip, JSON array or lines, phone or long-term format, joined as one person's.
 */
public final class MobilityRun {
    private MobilityRun() {}

    /**
     * What came of the files.
     *
     * @param input what was read; an entry in several files counts once
     * @param refused what was not understood, in the order of the files
     * @param result what the pipeline derived
     */
    public record Outcome(InputSummary input, List<Refused> refused, PipelineResult result) {
        public Outcome {
            refused = List.copyOf(refused);
        }
    }

    /**
     * Reads the files and runs the pipeline over all their entries.
     *
     * @throws java.io.UncheckedIOException if a file cannot be read
     * @throws dev.croft.mobility.entry.EntryException if a file is cut off or damaged
     */
    public static Outcome run(List<Path> files, PipelineOptions options) {
        List<BsonDocument> entries = new ArrayList<>();
        List<Refused> refused = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Path file : files) {
            try (EntryReader reader = EntryReader.open(file, EntryBounds.STANDARD)) {
                while (reader.hasNext()) {
                    EntryResult read = LongTermFormat.convert(reader.next());
                    switch (read) {
                        case Taken taken -> {
                            if (ids.add(EntryIdentity.of(taken.entry()).id())) {
                                entries.add(taken.entry());
                            }
                        }
                        case Refused bad -> refused.add(bad);
                    }
                }
            }
        }
        return new Outcome(InputSummary.of(entries), refused, Pipeline.run(RecordReader.read(entries), options));
    }
}
