package dev.croft.mobility.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.entry.EntryFormat;
import dev.croft.mobility.entry.EntryIdentity;
import dev.croft.mobility.entry.EntryKey;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.pipeline.CleanedTrip;
import dev.croft.mobility.pipeline.MotionType;
import dev.croft.mobility.pipeline.Pipeline;
import dev.croft.mobility.pipeline.PipelineOptions;
import dev.croft.mobility.pipeline.RecordReader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

class TraceGeneratorTest {
    private final TraceGenerator generator = new TraceGenerator(TraceOptions.STANDARD);

    @Test
    void everyEntryIsInPhoneFormatConvertsAndIsDistinct() {
        for (int person = 0; person < 20; person++) {
            Set<String> ids = new HashSet<>();
            List<BsonDocument> entries = generator.person(person);
            assertThat(entries).hasSizeGreaterThan(300);
            for (BsonDocument entry : entries) {
                assertThat(EntryFormat.of(entry)).isEqualTo(EntryFormat.PHONE);
                var converted = LongTermFormat.convert(0, entry);
                assertThat(converted).isInstanceOf(Taken.class);
                assertThat(ids.add(EntryIdentity.of(((Taken) converted).entry()).id()))
                        .isTrue();
            }
        }
    }

    @Test
    void theSameSeedMakesTheSameTracesAndAnotherSeedOthers() {
        TraceOptions other = new TraceOptions(
                2,
                20,
                3,
                TraceOptions.STANDARD.firstDay(),
                TraceOptions.STANDARD.zone(),
                TraceOptions.STANDARD.latitude(),
                TraceOptions.STANDARD.longitude());
        assertThat(new TraceGenerator(TraceOptions.STANDARD).person(7)).isEqualTo(generator.person(7));
        assertThat(new TraceGenerator(other).person(7)).isNotEqualTo(generator.person(7));
        assertThat(generator.person(8)).isNotEqualTo(generator.person(7));
    }

    @Test
    void bothPlatformsAllFourKindsAndThreeDaysOccur() {
        Set<String> platforms = new HashSet<>();
        Set<String> keys = new HashSet<>();
        for (int person = 0; person < 20; person++) {
            double first = Double.MAX_VALUE;
            double last = 0;
            for (BsonDocument entry : generator.person(person)) {
                BsonDocument metadata = entry.getDocument("metadata");
                platforms.add(metadata.getString("platform").getValue());
                keys.add(metadata.getString("key").getValue());
                first = Math.min(first, metadata.getDouble("write_ts").getValue());
                last = Math.max(last, metadata.getDouble("write_ts").getValue());
            }
            assertThat(last - first).isBetween(2 * 86_400.0, 3 * 86_400.0);
        }
        assertThat(platforms).containsExactlyInAnyOrder("android", "ios");
        assertThat(keys)
                .contains(EntryKey.LOCATION, EntryKey.FILTERED_LOCATION, EntryKey.MOTION_ACTIVITY, EntryKey.TRANSITION);
    }

    @Test
    void thePipelineFindsPlausibleTripsInEveryTrace() {
        Set<MotionType> modes = new HashSet<>();
        for (int person = 0; person < 20; person++) {
            List<BsonDocument> entries = generator.person(person).stream()
                    .map(entry -> ((Taken) LongTermFormat.convert(0, entry)).entry())
                    .toList();
            List<CleanedTrip> trips = Pipeline.run(RecordReader.read(entries), PipelineOptions.DEFAULT)
                    .timeline()
                    .trips();
            assertThat(trips).hasSizeBetween(5, 20);
            for (CleanedTrip trip : trips) {
                assertThat(trip.distance()).isBetween(200.0, 25_000.0);
                assertThat(trip.duration()).isBetween(120.0, 5_400.0);
                trip.sections().forEach(section -> modes.add(section.sensedMode()));
            }
        }
        assertThat(modes).contains(MotionType.IN_VEHICLE, MotionType.BICYCLING, MotionType.WALKING, MotionType.ON_FOOT);
    }

    @Test
    void namesSortInOrder() {
        assertThat(generator.name(0)).isEqualTo("person-01");
        assertThat(generator.name(19)).isEqualTo("person-20");
    }
}
