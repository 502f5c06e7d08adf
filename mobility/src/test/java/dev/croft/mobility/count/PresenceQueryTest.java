package dev.croft.mobility.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PresenceQueryTest {
    private static final String SQUARE_WITH_HOLE =
            "{type: 'Polygon', coordinates: [[[0,0],[10,0],[10,10],[0,10],[0,0]], [[4,4],[6,4],[6,6],[4,6],[4,4]]]}";
    private static final String TWO_SQUARES =
            "{type: 'MultiPolygon', coordinates: [[[[0,0],[1,0],[1,1],[0,1],[0,0]]], [[[5,5],[6,5],[6,6],[5,6],[5,5]]]]}";

    private static Region region(String json) {
        return Region.of(BsonDocument.parse(json));
    }

    private static BsonDocument at(double ts, double longitude, double latitude) {
        return BsonDocument.parse("{data: {ts: %s, longitude: %s, latitude: %s}}".formatted(ts, longitude, latitude));
    }

    @Test
    void insideIsInHolesAreOutAndBordersAreIn() {
        Region region = region(SQUARE_WITH_HOLE);
        assertThat(region.contains(2, 2)).isTrue();
        assertThat(region.contains(5, 5)).isFalse();
        assertThat(region.contains(4, 5)).isTrue();
        assertThat(region.contains(0, 0)).isTrue();
        assertThat(region.contains(10, 3)).isTrue();
        assertThat(region.contains(10.0001, 3)).isFalse();
    }

    @Test
    void anyPartOfAMultiPolygonCounts() {
        Region region = region("{type: 'Feature', properties: {}, geometry: " + TWO_SQUARES + "}");
        assertThat(region.contains(0.5, 0.5)).isTrue();
        assertThat(region.contains(5.5, 5.5)).isTrue();
        assertThat(region.contains(3, 3)).isFalse();
    }

    @Test
    void theBitIsOneForAnyPointInTheAreaDuringTheIntervalAndNeverMore() {
        PresenceQuery query = new PresenceQuery(region(TWO_SQUARES), 100, 200);
        assertThat(query.bit(List.of(at(99.9, 0.5, 0.5), at(200, 0.5, 0.5), at(150, 3, 3))))
                .isZero();
        assertThat(query.bit(List.of(at(100, 0.5, 0.5), at(150, 0.6, 0.5), at(150, 5.5, 5.5))))
                .isOne();
        assertThat(query.bit(List.of(BsonDocument.parse("{data: {ts: 150}}"), BsonDocument.parse("{data: 3}"))))
                .isZero();
    }

    @Test
    void randomPolygonsAgreeWithRayCasting() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int corners = 3 + random.nextInt(20);
            double[] x = new double[corners];
            double[] y = new double[corners];
            StringBuilder ring = new StringBuilder();
            for (int i = 0; i < corners; i++) {
                double radius = 1 + 9 * random.nextDouble();
                x[i] = radius * Math.cos(2 * Math.PI * i / corners);
                y[i] = radius * Math.sin(2 * Math.PI * i / corners);
                ring.append("[%s,%s],".formatted(x[i], y[i]));
            }
            Region region = region("{type: 'Polygon', coordinates: [[" + ring + "[" + x[0] + "," + y[0] + "]]]}");
            for (int point = 0; point < 50; point++) {
                double px = 20 * random.nextDouble() - 10;
                double py = 20 * random.nextDouble() - 10;
                boolean inside = false;
                for (int i = 0, j = corners - 1; i < corners; j = i++) {
                    if (y[i] > py != y[j] > py && px < (x[j] - x[i]) * (py - y[i]) / (y[j] - y[i]) + x[i]) {
                        inside = !inside;
                    }
                }
                assertThat(region.contains(px, py))
                        .as("seed %d round %d", seed, round)
                        .isEqualTo(inside);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{type: 'Point', coordinates: [1,2]}",
                "{type: 'Polygon'}",
                "{type: 'Polygon', coordinates: 5}",
                "{type: 'Polygon', coordinates: []}",
                "{type: 'Polygon', coordinates: [[[0,0],[1,0],[0,0]]]}",
                "{type: 'Polygon', coordinates: [[[0,0],[1,0],[1,1],[0,1]]]}",
                "{type: 'Polygon', coordinates: [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}",
                "{type: 'Polygon', coordinates: [[[0,0],[1,0],[1,999],[0,0]]]}",
                "{type: 'Polygon', coordinates: [[[0,0],['x',0],[1,1],[0,0]]]}",
                "{type: 'Polygon', coordinates: [[[0,0],[NaN,0],[1,1],[0,0]]]}",
                "{type: 'MultiPolygon', coordinates: []}",
                "{type: 'Feature', geometry: null}"
            })
    void whatIsNoAreaIsRefused(String json) {
        assertThatThrownBy(() -> region(json)).isInstanceOf(RegionException.class);
    }

    @Test
    void anEmptyOrEndlessIntervalIsRefused() {
        Region region = region(TWO_SQUARES);
        assertThatThrownBy(() -> new PresenceQuery(region, 5, 5)).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> new PresenceQuery(region, Double.NaN, 5)).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> new PresenceQuery(region, 0, Double.POSITIVE_INFINITY))
                .isInstanceOf(RegionException.class);
    }
}
