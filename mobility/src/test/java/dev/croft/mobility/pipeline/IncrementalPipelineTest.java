package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.SharedData;
import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However data arrive and whenever runs happen in between, the derived documents end up the same. */
class IncrementalPipelineTest {
    private static final String[] ONE_PERSON = {"shankari_2015-aug-27", "shankari_2016-06-20", "shankari_2016-08-10"};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void splitsByWriteTimeEndAsOneRun(long seed) {
        Random random = new Random(seed);
        PipelineInput all = labelled(days(random.nextBoolean() ? ONE_PERSON : someDays(random)), random);
        List<Double> cuts = new ArrayList<>();
        List<LocationPoint> points = all.filteredLocations();
        for (int i = 0; i < 3 + random.nextInt(8); i++) {
            cuts.add(points.get(random.nextInt(points.size())).writeTs());
        }
        cuts.add(Double.POSITIVE_INFINITY);
        Collections.sort(cuts);
        RecordStore store = new RecordStore();
        double from = Double.NEGATIVE_INFINITY;
        for (double until : cuts) {
            store.add(writtenWithin(all, from, until));
            store.run();
            from = until;
        }
        assertSame(store, all, seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28, 29, 30})
    void splitsInAnyOrderEndAsOneRun(long seed) {
        Random random = new Random(seed);
        PipelineInput all = labelled(days(someDays(random)), random);
        int parts = 2 + random.nextInt(5);
        RecordStore store = new RecordStore();
        for (PipelineInput part : deal(all, parts, random)) {
            store.add(part);
            if (random.nextInt(3) > 0) {
                store.run();
            }
        }
        store.run();
        assertSame(store, all, seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42, 43, 44, 45, 46})
    void lateAndDeletedRecordsAreNoticed(long seed) {
        Random random = new Random(seed);
        PipelineInput all = days(ONE_PERSON);
        List<PipelineInput> parts = deal(all, 40, random);
        PipelineInput gone = parts.getFirst();
        RecordStore store = new RecordStore();
        store.add(all);
        store.run();
        store.remove(gone);
        store.run();
        RecordStore without = new RecordStore();
        without.add(all);
        without.remove(gone);
        assertSame(store, without.read(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY), seed);
        store.add(gone);
        store.run();
        assertSame(store, all, seed);
    }

    @Test
    void aRunOnNewDataReadsOnlyWhatIsNotFinal() {
        PipelineInput all = days(ONE_PERSON);
        RecordStore store = new RecordStore();
        double last = all.filteredLocations().getLast().writeTs() - 3600;
        store.add(writtenWithin(all, Double.NEGATIVE_INFINITY, last));
        store.run();
        store.recordsRead = 0;
        store.add(writtenWithin(all, last, Double.POSITIVE_INFINITY));
        store.run();
        assertThat(store.recordsRead).isLessThan(all.size() / 3);
        assertSame(store, all, 0);
    }

    @Test
    void aStateOfAnotherVersionStartsAnew() {
        assertThat(PipelineState.of(new BsonDocument("version", new BsonInt32(99))))
                .isSameAs(PipelineState.EMPTY);
        assertThat(PipelineState.of(new BsonDocument("checkpoints", new BsonString("?"))))
                .isSameAs(PipelineState.EMPTY);
    }

    private static void assertSame(RecordStore store, PipelineInput all, long seed) {
        var expected = RecordStore.derivedAtOnce(all);
        assertThat(store.derived().keySet()).as("seed %d", seed).isEqualTo(expected.keySet());
        expected.forEach((id, document) ->
                assertThat(store.derived().get(id)).as("seed %d, %s", seed, id).isEqualTo(document));
    }

    private static String[] someDays(Random random) {
        List<String> names = new ArrayList<>(List.of(
                "gabe_2016-06-15",
                "iphone_2016-02-22",
                "shankari_2015-aug-27",
                "shankari_2016-06-20",
                "shankari_2016-08-10",
                "sunil_2016-07-27"));
        Collections.shuffle(names, random);
        return names.subList(0, 1 + random.nextInt(3)).toArray(String[]::new);
    }

    private static PipelineInput days(String... names) {
        Path folder = SharedData.mobility();
        List<BsonDocument> entries = new ArrayList<>();
        for (String name : names) {
            try (EntryReader reader = EntryReader.open(folder.resolve(name + ".json.gz"), EntryBounds.STANDARD)) {
                reader.forEachRemaining(read -> entries.add(((Taken) LongTermFormat.convert(read)).entry()));
            }
        }
        PipelineInput read = RecordReader.read(entries);
        List<LocationPoint> byWriting = new ArrayList<>(read.filteredLocations());
        byWriting.sort(Comparator.comparingDouble(LocationPoint::writeTs));
        return new PipelineInput(List.of(), byWriting, read.motions(), read.transitions(), List.of());
    }

    /** The same with labels for some trips, written long after. */
    private static PipelineInput labelled(PipelineInput input, Random random) {
        List<UserInput> labels = new ArrayList<>();
        for (CleanedTrip trip :
                Pipeline.run(input, PipelineOptions.DEFAULT).timeline().trips()) {
            double start = trip.start().ts() + random.nextDouble() * 100;
            double end = trip.end().ts() + random.nextInt(3000) - 600;
            String id = "label" + labels.size();
            labels.add(new UserInput(
                    id,
                    random.nextBoolean() ? "manual/mode_confirm" : "manual/purpose_confirm",
                    end + 100_000,
                    start,
                    end,
                    null,
                    null,
                    new BsonDocument("_id", new BsonString(id))
                            .append("data", new BsonDocument("start_ts", new BsonDouble(start)))));
        }
        return new PipelineInput(
                input.locations(), input.filteredLocations(), input.motions(), input.transitions(), labels);
    }

    private static PipelineInput writtenWithin(PipelineInput all, double from, double until) {
        return new PipelineInput(
                List.of(),
                within(all.filteredLocations(), LocationPoint::writeTs, from, until),
                within(all.motions(), MotionActivity::writeTs, from, until),
                within(all.transitions(), Transition::writeTs, from, until),
                within(all.userInputs(), UserInput::writeTs, from, until));
    }

    private static <T> List<T> within(List<T> all, ToDoubleFunction<T> writeTs, double from, double until) {
        return all.stream()
                .filter(t -> writeTs.applyAsDouble(t) >= from && writeTs.applyAsDouble(t) < until)
                .toList();
    }

    private static List<PipelineInput> deal(PipelineInput all, int parts, Random random) {
        List<PipelineInput> dealt = new ArrayList<>();
        List<List<LocationPoint>> points = deal(all.filteredLocations(), parts, random);
        List<List<MotionActivity>> motions = deal(all.motions(), parts, random);
        List<List<Transition>> transitions = deal(all.transitions(), parts, random);
        List<List<UserInput>> inputs = deal(all.userInputs(), parts, random);
        for (int i = 0; i < parts; i++) {
            dealt.add(new PipelineInput(List.of(), points.get(i), motions.get(i), transitions.get(i), inputs.get(i)));
        }
        return dealt;
    }

    private static <T> List<List<T>> deal(List<T> all, int parts, Random random) {
        List<List<T>> dealt = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            dealt.add(new ArrayList<>());
        }
        all.forEach(one -> dealt.get(random.nextInt(parts)).add(one));
        return dealt;
    }
}
