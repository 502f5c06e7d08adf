package dev.croft.mobility.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final ZoneId LA = ZoneId.of("America/Los_Angeles");

    private static MetricSection section(
            String mode, String start, double distance, double duration, double... speeds) {
        ZonedDateTime at = ZonedDateTime.parse(start);
        return new MetricSection(mode, at.toEpochSecond(), at.getZone(), distance, duration, speeds);
    }

    private static final List<MetricSection> SECTIONS = List.of(
            section("WALKING", "2016-06-15T09:00:00-07:00[America/Los_Angeles]", 600, 480, 0, 1.2, 1.4),
            section("WALKING", "2016-06-15T23:30:00-07:00[America/Los_Angeles]", 300, 200, 0, 1.5, 1.6),
            section("IN_VEHICLE", "2016-06-15T12:00:00-07:00[America/Los_Angeles]", 9000, 900, 0, 10, 12),
            section("WALKING", "2016-07-01T08:00:00-07:00[America/Los_Angeles]", 100, 100, 0, 1, 1));

    private static List<Bucket> daily(Metric metric) {
        return Metrics.byLocalDate(SECTIONS, LocalDateFilter.ALL, LocalFrequency.DAILY, metric);
    }

    @Test
    void theFiveMetricsByModeAndDay() {
        assertThat(daily(Metric.COUNT).getFirst().byMode()).isEqualTo(Map.of("WALKING", 2.0, "IN_VEHICLE", 1.0));
        assertThat(daily(Metric.DISTANCE).getFirst().byMode())
                .isEqualTo(Map.of("WALKING", 900.0, "IN_VEHICLE", 9000.0));
        assertThat(daily(Metric.DURATION).getFirst().byMode()).isEqualTo(Map.of("WALKING", 680.0, "IN_VEHICLE", 900.0));
        assertThat(daily(Metric.MEDIAN_SPEED).getFirst().byMode())
                .isEqualTo(Map.of("WALKING", 1.35, "IN_VEHICLE", 10.0));
        assertThat(daily(Metric.MEAN_SPEED).getFirst().byMode().get("WALKING"))
                .isEqualTo((1.25 + 1.5) / 2, within(1e-12));
    }

    @Test
    void bucketsStartAtLocalMidnightAndCarryTheirDate() {
        List<Bucket> buckets = daily(Metric.COUNT);
        assertThat(buckets).extracting(Bucket::fmtTime).containsExactly("2016-06-15", "2016-07-01");
        assertThat(buckets.getFirst().ts())
                .isEqualTo(ZonedDateTime.of(2016, 6, 15, 0, 0, 0, 0, LA).toEpochSecond());
        assertThat(buckets.getFirst().document().toJson())
                .contains(
                        "\"local_dt\": {\"year\": 2016, \"month\": 6, \"day\": 15, \"timezone\": \"America/Los_Angeles\"}")
                .contains("\"nUsers\": 1");
        assertThat(Metrics.byLocalDate(SECTIONS, LocalDateFilter.ALL, LocalFrequency.MONTHLY, Metric.COUNT))
                .extracting(Bucket::fmtTime)
                .containsExactly("2016-06", "2016-07");
        assertThat(Metrics.byLocalDate(SECTIONS, LocalDateFilter.ALL, LocalFrequency.YEARLY, Metric.COUNT))
                .extracting(Bucket::fmtTime, bucket -> bucket.byMode().get("WALKING"))
                .containsExactly(Tuple.tuple("2016", 3.0));
    }

    @Test
    void universalTimeKeepsEmptyBucketsAndLabelsWeeksByTheirSunday() {
        List<Bucket> days = Metrics.byTime(SECTIONS, 0, 4e9, TimeFrequency.DAILY, Metric.COUNT);
        assertThat(days).hasSize(17);
        assertThat(days.get(0).fmtTime()).isEqualTo("2016-06-15T00:00:00+00:00");
        assertThat(days.get(1).byMode()).isEqualTo(Map.of("WALKING", 1.0));
        assertThat(days.get(2).users()).isZero();
        assertThat(Metrics.byTime(SECTIONS, 0, 4e9, TimeFrequency.WEEKLY, Metric.COUNT))
                .extracting(Bucket::fmtTime)
                .containsExactly("2016-06-19T00:00:00+00:00", "2016-06-26T00:00:00+00:00", "2016-07-03T00:00:00+00:00");
        assertThat(Metrics.byTime(SECTIONS, 0, 4e9, TimeFrequency.ofLetter("M"), Metric.COUNT))
                .extracting(Bucket::fmtTime)
                .containsExactly("2016-06-30T00:00:00+00:00", "2016-07-31T00:00:00+00:00");
        assertThat(Metrics.byTime(SECTIONS, 0, 1, TimeFrequency.DAILY, Metric.COUNT))
                .isEmpty();
    }

    @Test
    void componentsOfADateRangeAreComparedOneByOne() {
        LocalDateFilter summer = LocalDateFilter.between(
                BsonDocument.parse("{year: 2015, month: 6}"), BsonDocument.parse("{year: 2016, month: 6}"));
        assertThat(Metrics.byLocalDate(SECTIONS, summer, LocalFrequency.DAILY, Metric.COUNT))
                .extracting(Bucket::fmtTime)
                .containsExactly("2016-06-15");
        LocalDateFilter night =
                LocalDateFilter.between(BsonDocument.parse("{hour: 22}"), BsonDocument.parse("{hour: 8}"));
        assertThat(Metrics.byLocalDate(SECTIONS, night, LocalFrequency.DAILY, Metric.COUNT))
                .extracting(bucket -> bucket.byMode().get("WALKING"))
                .containsExactly(1.0, 1.0);
        assertThatThrownBy(() ->
                        LocalDateFilter.between(BsonDocument.parse("{year: 2015}"), BsonDocument.parse("{month: 6}")))
                .isInstanceOf(MetricException.class);
    }

    @Test
    void sectionsAreReadFromTheirDocuments() {
        MetricSection section = MetricSection.of(BsonDocument.parse(
                "{data: {sensed_mode: 1, start_ts: 1466000000.5, distance: 12, duration: 3, speeds: [0, 4],"
                        + " start_local_dt: {timezone: 'Europe/Madrid'}}}"));
        assertThat(section.mode()).isEqualTo("BICYCLING");
        assertThat(section.zone().getId()).isEqualTo("Europe/Madrid");
        assertThat(section.speeds()).containsExactly(0, 4);
        for (String bad : List.of("{}", "{data: {}}", "{data: {sensed_mode: 1, start_ts: 'x'}}")) {
            assertThatThrownBy(() -> MetricSection.of(BsonDocument.parse(bad))).isInstanceOf(MetricException.class);
        }
    }

    @Test
    void noDataIsAnEmptyListPerMetric() {
        assertThat(Metrics.answer(List.of(List.of())))
                .isEqualTo(BsonDocument.parse("{aggregate_metrics: [], user_metrics: [[]]}"));
    }

    @Test
    void noPersonMovesASumByMoreThanItsSensitivity() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] modes = {"WALKING", "BICYCLING", "IN_VEHICLE", "ON_FOOT"};
        for (int round = 0; round < 500; round++) {
            SumQuery query = new SumQuery(
                    Metric.values()[random.nextInt(3)],
                    Set.of("WALKING", "IN_VEHICLE", "AIR_OR_HSR"),
                    0,
                    1000,
                    1 + 99 * random.nextDouble(),
                    1 + random.nextInt(50));
            List<MetricSection> sections = new ArrayList<>();
            for (int i = random.nextInt(40); i > 0; i--) {
                double wild = random.nextInt(10) == 0 ? Double.NaN : 1e9 * random.nextGaussian();
                sections.add(new MetricSection(
                        modes[random.nextInt(4)], random.nextInt(2000), LA, wild, wild, new double[0]));
            }
            Map<String, Long> share = query.contribution(sections);
            assertThat(share.keySet()).as("seed %d", seed).isEqualTo(query.modes());
            assertThat(share.values()).as("seed %d", seed).allMatch(value -> value >= 0 && value <= query.bound());
            assertThat(share.values().stream().mapToLong(Long::longValue).sum())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(query.sensitivity());
        }
    }

    @Test
    void sumsAreRoundedToUnitsAndQuestionsOutOfRangeRefused() {
        SumQuery kilometres = new SumQuery(Metric.DISTANCE, Set.of("WALKING"), 0, 4e9, 100, 1000);
        assertThat(kilometres.contribution(SECTIONS)).isEqualTo(Map.of("WALKING", 10L));
        assertThatThrownBy(() -> new SumQuery(Metric.MEDIAN_SPEED, Set.of("WALKING"), 0, 1, 1, 1))
                .isInstanceOf(MetricException.class);
        assertThatThrownBy(() -> new SumQuery(Metric.COUNT, Set.of(), 0, 1, 1, 1))
                .isInstanceOf(MetricException.class);
        assertThatThrownBy(() -> new SumQuery(Metric.COUNT, Set.of("WALKING"), 1, 0, 1, 1))
                .isInstanceOf(MetricException.class);
        assertThatThrownBy(() -> new SumQuery(Metric.COUNT, Set.of("WALKING"), 0, 1, Double.NaN, 1))
                .isInstanceOf(MetricException.class);
        assertThatThrownBy(() -> new SumQuery(Metric.COUNT, Set.of("WALKING"), 0, 1, 1, Long.MAX_VALUE))
                .isInstanceOf(MetricException.class);
    }
}
