package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of any form, joined as one person's. */
class MobilityRunTest {
    private static final TraceOptions TRACES = TraceOptions.STANDARD;

    @TempDir
    Path folder;

    private static String json(MobilityRun.Outcome outcome) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        PipelineJson.write(outcome, json);
        PipelineJson.writePoints(outcome.result(), json);
        return json.toString(StandardCharsets.UTF_8);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path zipped(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    private static String lines(List<BsonDocument> entries) {
        return entries.stream().map(BsonDocument::toJson).collect(Collectors.joining("\n"));
    }

    private static String array(List<BsonDocument> entries) {
        return entries.stream().map(BsonDocument::toJson).collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void arraysLinesGzipPhoneAndLongTermFormGiveTheSame() throws IOException {
        for (int person = 0; person < 2; person++) {
            List<BsonDocument> phone = new TraceGenerator(TRACES).person(person);
            List<BsonDocument> longTerm = new ArrayList<>();
            for (BsonDocument entry : phone) {
                longTerm.add(((Taken) LongTermFormat.convert(longTerm.size(), entry)).entry());
            }
            MobilityRun.Outcome whole = run(file("array.json", array(phone)));
            assertThat(whole.result().timeline().trips()).isNotEmpty();
            assertThat(json(run(file("lines.json", lines(phone))))).isEqualTo(json(whole));
            assertThat(json(run(zipped("array.json.gz", array(longTerm))))).isEqualTo(json(whole));
            assertThat(json(run(zipped("lines.json.gz", lines(longTerm))))).isEqualTo(json(whole));
        }
    }

    @Test
    void aDayInSeveralFilesInAnyOrderIsTheSameDay() throws IOException {
        List<BsonDocument> phone = new ArrayList<>(new TraceGenerator(TRACES).person(1));
        MobilityRun.Outcome whole = run(file("whole.json", array(phone)));
        Collections.shuffle(phone, new Random(7));
        int third = phone.size() / 3;
        // The second file repeats some of the first.
        MobilityRun.Outcome parts = run(
                file("1.json", array(phone.subList(0, third))),
                file("2.json", lines(phone.subList(third / 2, 2 * third))),
                zipped("3.json.gz", array(phone.subList(2 * third, phone.size()))));
        assertThat(json(parts)).isEqualTo(json(whole));
    }

    @Test
    void whatIsNotUnderstoodIsReportedAndTheRestIsRead() throws IOException {
        List<BsonDocument> phone = new TraceGenerator(TRACES).person(0);
        MobilityRun.Outcome outcome = run(file("bad.json", lines(phone) + "\n{\"metadata\": 7}\n{]\n"));
        assertThat(outcome.refused()).isNotEmpty();
        assertThat(outcome.input().entries()).isEqualTo(phone.size());
    }

    @Test
    void nothingGivesNothing() throws IOException {
        MobilityRun.Outcome outcome = run(file("empty.json", "[]"));
        assertThat(outcome.result().timeline().places()).isEmpty();
        assertThat(json(outcome)).contains("\"trips\"");
        assertThat(DerivedDocuments.of(outcome.result(), null)).isEmpty();
    }

    private static MobilityRun.Outcome run(Path... files) {
        return MobilityRun.run(List.of(files), PipelineOptions.DEFAULT);
    }
}
