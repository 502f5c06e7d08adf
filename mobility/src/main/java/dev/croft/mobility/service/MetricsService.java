package dev.croft.mobility.service;

import dev.croft.mobility.metrics.Bucket;
import dev.croft.mobility.metrics.LocalDateFilter;
import dev.croft.mobility.metrics.LocalFrequency;
import dev.croft.mobility.metrics.Metric;
import dev.croft.mobility.metrics.MetricSection;
import dev.croft.mobility.metrics.Metrics;
import dev.croft.mobility.metrics.TimeFrequency;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * A person's metrics for the person: reads cleaned sections and leaves {@code metrics.json}.
 *
 * <p>Input: {@code metric_list}, such as {@code ["count", "distance"]}; then either {@code freq} DAILY, MONTHLY or YEARLY with
 * optional {@code start_local_date} and {@code end_local_date}, or {@code freq} D, W, M or Y with {@code start_time} and
 * {@code end_time} in epoch seconds. Needs a grant of find on {@code analysis}.
 */
public final class MetricsService {
    private static final BsonDocument PROJECTION = new BsonDocument("data.sensed_mode", new BsonInt32(1))
            .append("data.start_ts", new BsonInt32(1))
            .append("data.start_local_dt", new BsonInt32(1))
            .append("data.distance", new BsonInt32(1))
            .append("data.duration", new BsonInt32(1))
            .append("data.speeds", new BsonInt32(1));

    private MetricsService() {}

    public static void main(String[] args) {
        ServiceMain.run(MetricsService::run);
    }

    static void run(Launch launch) {
        BsonDocument input = launch.input();
        List<Metric> metrics = metrics(input);
        String frequency = text(input, "freq");
        boolean local = frequency.length() > 1;
        if (local && !List.of("DAILY", "MONTHLY", "YEARLY").contains(frequency)) {
            throw new ServiceException.BadInput("freq must be DAILY, MONTHLY, YEARLY, D, W, M or Y");
        }
        LocalDateFilter filter = local ? dates(input) : LocalDateFilter.ALL;
        double from = local ? 0 : number(input, "start_time");
        double to = local ? 0 : number(input, "end_time");

        List<MetricSection> sections = new ArrayList<>();
        Door.of(launch)
                .find(
                        PipelineService.ANALYSIS,
                        new BsonDocument("metadata.key", new BsonString("analysis/cleaned_section")),
                        PROJECTION,
                        document -> sections.add(MetricSection.of(document)));
        List<List<Bucket>> answers = new ArrayList<>();
        for (Metric metric : metrics) {
            answers.add(
                    local
                            ? Metrics.byLocalDate(sections, filter, LocalFrequency.valueOf(frequency), metric)
                            : Metrics.byTime(sections, from, to, TimeFrequency.ofLetter(frequency), metric));
        }
        launch.output("metrics.json", Metrics.answer(answers));
    }

    private static List<Metric> metrics(BsonDocument input) {
        if (!(input.get("metric_list") instanceof BsonArray names) || names.isEmpty() || names.size() > 16) {
            throw new ServiceException.BadInput("metric_list must name from 1 to 16 metrics");
        }
        List<Metric> metrics = new ArrayList<>();
        for (BsonValue name : names) {
            metrics.add(Metric.ofCode(
                    name instanceof BsonString text ? text.getValue().toLowerCase(Locale.ROOT) : ""));
        }
        return metrics;
    }

    private static LocalDateFilter dates(BsonDocument input) {
        BsonValue from = input.get("start_local_date");
        BsonValue to = input.get("end_local_date");
        if (from == null && to == null) {
            return LocalDateFilter.ALL;
        }
        if (from instanceof BsonDocument start && to instanceof BsonDocument end) {
            return LocalDateFilter.between(start, end);
        }
        throw new ServiceException.BadInput("start_local_date and end_local_date must both be objects");
    }

    private static String text(BsonDocument input, String name) {
        if (input.get(name) instanceof BsonString text) {
            return text.getValue();
        }
        throw new ServiceException.BadInput(name + " must be a string");
    }

    static double number(BsonDocument input, String name) {
        if (input.get(name) instanceof BsonNumber number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw new ServiceException.BadInput(name + " must be a finite number");
    }
}
