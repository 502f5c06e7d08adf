package dev.croft.mobility.bench;

import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.mobility.pipeline.Pipeline;
import dev.croft.mobility.pipeline.PipelineInput;
import dev.croft.mobility.pipeline.PipelineOptions;
import dev.croft.mobility.pipeline.RecordReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;

/** Runs the whole pipeline over records in memory, in one thread, after a warm-up. */
public final class PipelineBench {
    /** What the Python reference does on one of the cores this was first measured on. */
    public static final double REFERENCE_POINTS_PER_CPU_SECOND = 218;

    private static final double WARM_UP_SHARE = 0.5;

    private PipelineBench() {}

    /**
     * What was measured.
     *
     * @param points {@code background/location} points that the runs were given, those that phones filter out included
     * @param trips cleaned trips that the runs found, so that what was measured is known to have been work
     * @param cpuSeconds processor time of the thread
     */
    public record Result(long points, long trips, double cpuSeconds) {
        /** The figure to compare. */
        public double pointsPerCpuSecond() {
            return points / cpuSeconds;
        }
    }

    /** Measures on traces of as many people as the options say, the same for the same seed. */
    public static Result run(TraceOptions traces, double seconds) {
        TraceGenerator generator = new TraceGenerator(traces);
        List<PipelineInput> people = new ArrayList<>();
        for (int person = 0; person < traces.people(); person++) {
            List<BsonDocument> entries = new ArrayList<>();
            for (BsonDocument entry : generator.person(person)) {
                if (LongTermFormat.convert(entries.size(), entry) instanceof Taken taken) {
                    entries.add(taken.entry());
                }
            }
            people.add(RecordReader.read(entries));
        }
        return run(people, seconds);
    }

    /**
     * Measures on these people's records, again and again.
     *
     * @param seconds least processor time to measure, after half as much for warming up
     */
    public static Result run(List<PipelineInput> people, double seconds) {
        if (people.isEmpty()) {
            throw new IllegalArgumentException("nobody to measure with");
        }
        measure(people, seconds * WARM_UP_SHARE);
        return measure(people, seconds);
    }

    private static Result measure(List<PipelineInput> people, double seconds) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        long points = 0;
        long trips = 0;
        double spent;
        do {
            for (PipelineInput person : people) {
                trips += Pipeline.run(person, PipelineOptions.DEFAULT)
                        .timeline()
                        .trips()
                        .size();
                points += person.locations().size();
            }
            spent = (threads.getCurrentThreadCpuTime() - start) / 1e9;
        } while (spent < seconds);
        return new Result(points, trips, spent);
    }
}
