package dev.croft.app.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.mobility.pipeline.Pipeline;
import dev.croft.mobility.pipeline.PipelineOptions;
import dev.croft.mobility.pipeline.RecordReader;
import dev.croft.mobility.pipeline.TransitLookup;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** The picture of {@code croft demo} shows the numbers that it comes to. */
class PictureTest {
    private static final Pattern TEXT = Pattern.compile("<text[^>]*>([^<]*)</text>");

    @Test
    void thePictureShowsWhatTheDemonstrationComesTo() throws IOException {
        List<String> lines = new ArrayList<>();
        Matcher text = TEXT.matcher(Files.readString(Shell.root().resolve("docs/demo.svg")));
        while (text.find()) {
            lines.add(text.group(1).strip().replaceAll(" +", " "));
        }
        TraceGenerator generator = new TraceGenerator(TraceOptions.STANDARD);
        int people = TraceOptions.STANDARD.people();
        long entries = 0;
        long trips = 0;
        long sections = 0;
        long places = 0;
        for (int person = 0; person < people; person++) {
            List<BsonDocument> made = generator.person(person);
            List<BsonDocument> taken = new ArrayList<>();
            for (int i = 0; i < made.size(); i++) {
                taken.add(((EntryResult.Taken) LongTermFormat.convert(new EntryResult.Taken(i, made.get(i)))).entry());
            }
            var timeline = Pipeline.run(RecordReader.read(taken), new PipelineOptions(false, TransitLookup.NONE))
                    .timeline();
            int ofTrips = timeline.trips().stream()
                    .mapToInt(trip -> trip.sections().size())
                    .sum();
            String row = "%s %d 0 %d %d %d 0.5"
                    .formatted(
                            generator.name(person),
                            taken.size(),
                            timeline.trips().size(),
                            ofTrips,
                            timeline.places().size());
            String name = generator.name(person) + " ";
            if (lines.stream().anyMatch(line -> line.startsWith(name))) {
                assertThat(lines).contains(row);
            }
            entries += taken.size();
            trips += timeline.trips().size();
            sections += ofTrips;
            places += timeline.places().size();
        }
        assertThat(lines)
                .contains(
                        "$ ./croft demo",
                        "%d entries uploaded into %d private clouds, each encrypted with its owner's key"
                                .formatted(entries, people),
                        "%d trips, %d sections and %d places derived; they stay where the data are"
                                .formatted(trips, sections, places));
    }
}
