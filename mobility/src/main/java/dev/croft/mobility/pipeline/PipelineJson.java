package dev.croft.mobility.pipeline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.croft.mobility.entry.EntryKey;
import dev.croft.mobility.entry.LocalMoment;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * Writes what a run derived as JSON: times in epoch seconds to the millisecond, coordinates as {@code [lon, lat]} to
 * 1e-7 degrees, metres and seconds to the thousandth.
 */
public final class PipelineJson {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int TIME_DIGITS = 3;
    private static final int DEGREE_DIGITS = 7;
    private static final String SECTION_SOURCE = "SmoothedHighConfidenceMotion";

    private final JsonGenerator out;

    private PipelineJson(JsonGenerator out) {
        this.out = out;
    }

    /** Writes {@code input}, {@code trips} with sections and stops, {@code places}, {@code untracked} and {@code raw}. */
    public static void write(MobilityRun.Outcome outcome, OutputStream to) {
        write(to, json -> {
            json.input(outcome.input());
            json.timeline(outcome.result().timeline());
            json.raw(outcome.result().raw());
            json.out.writeNumberField("refused", outcome.refused().size());
        });
    }

    /** As {@link #write}, for a result that came from elsewhere than files. */
    public static void write(PipelineResult result, OutputStream to) {
        write(to, json -> {
            json.timeline(result.timeline());
            json.raw(result.raw());
        });
    }

    /** Writes {@code sections}: one list of {@code [ts, lon, lat]} per cleaned section, in order of start. */
    public static void writePoints(PipelineResult result, OutputStream to) {
        write(to, json -> json.points(result.timeline()));
    }

    private interface Part {
        void writeTo(PipelineJson json) throws IOException;
    }

    private static void write(OutputStream to, Part part) {
        try {
            JsonGenerator out = FACTORY.createGenerator(to);
            out.enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            out.setPrettyPrinter(new DefaultPrettyPrinter());
            out.writeStartObject();
            part.writeTo(new PipelineJson(out));
            out.writeEndObject();
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void input(InputSummary input) throws IOException {
        out.writeObjectFieldStart("input");
        out.writeNumberField("entries", input.entries());
        out.writeObjectFieldStart("by_key");
        for (var count : input.byKey().entrySet()) {
            out.writeNumberField(count.getKey(), count.getValue());
        }
        out.writeEndObject();
        out.writeNumberField("raw_location_points", input.count(EntryKey.LOCATION));
        out.writeNumberField("filtered_location_points", input.count(EntryKey.FILTERED_LOCATION));
        out.writeArrayFieldStart("platform");
        for (String platform : input.platforms()) {
            out.writeString(platform);
        }
        out.writeEndArray();
        number("first_ts", input.firstTs());
        number("last_ts", input.lastTs());
        out.writeEndObject();
    }

    private void timeline(Timeline timeline) throws IOException {
        out.writeArrayFieldStart("trips");
        for (CleanedTrip trip : timeline.trips()) {
            trip(trip);
        }
        out.writeEndArray();
        out.writeArrayFieldStart("places");
        for (CleanedPlace place : timeline.places()) {
            out.writeStartObject();
            number("enter_ts", place.enterTs());
            number("exit_ts", place.exitTs());
            location("loc", place.location());
            number("duration_s", place.duration());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeArrayFieldStart("untracked");
        for (CleanedUntracked untracked : timeline.untracked()) {
            out.writeStartObject();
            ends(untracked.start(), untracked.end());
            number("distance_m", untracked.distance());
            number("duration_s", untracked.duration());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private void trip(CleanedTrip trip) throws IOException {
        out.writeStartObject();
        number("start_ts", trip.start().ts());
        number("end_ts", trip.end().ts());
        out.writeStringField("start", local(trip.start()));
        out.writeStringField("end", local(trip.end()));
        location("start_loc", trip.start());
        location("end_loc", trip.end());
        number("distance_m", trip.distance());
        number("duration_s", trip.duration());
        out.writeNumberField("start_place", trip.startPlace());
        out.writeNumberField("end_place", trip.endPlace());
        out.writeArrayFieldStart("sections");
        for (CleanedSection section : trip.sections()) {
            out.writeStartObject();
            ends(section.start(), section.end());
            number("distance_m", section.distance());
            number("duration_s", section.duration());
            out.writeStringField("sensed_mode", section.sensedMode().name());
            out.writeStringField("inferred_mode", section.inferredMode().name());
            out.writeNumberField("points", section.trajectory().size());
            out.writeStringField("source", SECTION_SOURCE);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeArrayFieldStart("stops");
        for (CleanedStop stop : trip.stops()) {
            out.writeStartObject();
            number("enter_ts", stop.enter().ts());
            number("exit_ts", stop.exit().ts());
            location("loc", stop.enter());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private void raw(RawTimeline raw) throws IOException {
        out.writeObjectFieldStart("raw");
        out.writeArrayFieldStart("trips");
        for (RawTrip trip : raw.trips()) {
            out.writeStartObject();
            ends(trip.start(), trip.end());
            out.writeStringField("source", trip.source().source());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeArrayFieldStart("sections");
        for (RawTrip trip : raw.trips()) {
            for (RawSection section : trip.sections()) {
                out.writeStartObject();
                number("start_ts", section.start().ts());
                number("end_ts", section.end().ts());
                out.writeStringField("sensed_mode", section.mode().name());
                out.writeEndObject();
            }
        }
        out.writeEndArray();
        out.writeArrayFieldStart("places");
        for (RawPlace place : raw.places()) {
            out.writeStartObject();
            number("enter_ts", place.enterTs());
            number("exit_ts", place.exitTs());
            location("loc", place.location());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeArrayFieldStart("untracked");
        for (RawUntracked untracked : raw.untracked()) {
            out.writeStartObject();
            number("start_ts", untracked.start().ts());
            number("end_ts", untracked.end().ts());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private void points(Timeline timeline) throws IOException {
        out.writeArrayFieldStart("sections");
        List<Trajectory> paths = timeline.trips().stream()
                .flatMap(trip -> trip.sections().stream())
                .map(CleanedSection::trajectory)
                .toList();
        for (Trajectory path : paths) {
            out.writeStartArray();
            for (int i = 0; i < path.size(); i++) {
                out.writeStartArray();
                out.writeNumber(rounded(path.ts()[i], TIME_DIGITS));
                out.writeNumber(rounded(path.longitude()[i], DEGREE_DIGITS));
                out.writeNumber(rounded(path.latitude()[i], DEGREE_DIGITS));
                out.writeEndArray();
            }
            out.writeEndArray();
        }
        out.writeEndArray();
    }

    private void ends(Fix start, Fix end) throws IOException {
        number("start_ts", start.ts());
        number("end_ts", end.ts());
        location("start_loc", start);
        location("end_loc", end);
    }

    private void number(String name, double value) throws IOException {
        if (Double.isNaN(value)) {
            out.writeNullField(name);
        } else {
            out.writeFieldName(name);
            out.writeNumber(rounded(value, TIME_DIGITS));
        }
    }

    private void location(String name, Fix fix) throws IOException {
        out.writeArrayFieldStart(name);
        out.writeNumber(rounded(fix.longitude(), DEGREE_DIGITS));
        out.writeNumber(rounded(fix.latitude(), DEGREE_DIGITS));
        out.writeEndArray();
    }

    private static BigDecimal rounded(double value, int digits) {
        BigDecimal rounded =
                new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).stripTrailingZeros();
        return rounded.scale() < 1 ? rounded.setScale(1, RoundingMode.UNNECESSARY) : rounded;
    }

    private static String local(Fix fix) {
        return LocalMoment.of(Math.max(0, fix.ts()), fix.zone()).formatted();
    }
}
