package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModeInferenceTest {
    private static PredictedMode infer(MotionType sensed, double speed, PredictedMode... routes) {
        Set<PredictedMode> common = EnumSet.noneOf(PredictedMode.class);
        common.addAll(List.of(routes));
        CleanedSection section = new CleanedSection(
                Traces.fix(0, 0),
                Traces.fix(100, 100 * speed),
                100 * speed,
                100,
                sensed,
                PredictedMode.UNKNOWN,
                new double[] {0, speed, speed, speed},
                new double[0],
                Trajectory.EMPTY);
        return new ModeInference((start, end) -> common).infer(section);
    }

    @Test
    void flyingStaysFlying() {
        assertThat(infer(MotionType.AIR_OR_HSR, 200)).isEqualTo(PredictedMode.AIR_OR_HSR);
    }

    @Test
    void withoutStopsAVehicleIsACar() {
        assertThat(infer(MotionType.IN_VEHICLE, 10)).isEqualTo(PredictedMode.CAR);
    }

    @Test
    void aVehicleBetweenStopsOfOneRouteIsThatRoutes() {
        assertThat(infer(MotionType.IN_VEHICLE, 10, PredictedMode.TRAM)).isEqualTo(PredictedMode.TRAM);
    }

    @Test
    void betweenBusAndTrainSpeedDecides() {
        assertThat(infer(MotionType.IN_VEHICLE, 8, PredictedMode.BUS, PredictedMode.TRAIN))
                .isEqualTo(PredictedMode.BUS);
        assertThat(infer(MotionType.IN_VEHICLE, 9, PredictedMode.BUS, PredictedMode.TRAIN))
                .isEqualTo(PredictedMode.TRAIN);
    }

    @Test
    void whatIsNotMotorizedIsToldBySpeed() {
        assertThat(infer(MotionType.BICYCLING, 1.7)).isEqualTo(PredictedMode.WALKING);
        assertThat(infer(MotionType.ON_FOOT, 1.8)).isEqualTo(PredictedMode.BICYCLING);
    }

    @Test
    void theUnknownIsWalkingIfSlowAndElseUnknown() {
        assertThat(infer(MotionType.UNKNOWN, 1)).isEqualTo(PredictedMode.WALKING);
        assertThat(infer(MotionType.UNKNOWN, 5)).isEqualTo(PredictedMode.UNKNOWN);
        assertThat(infer(MotionType.UNKNOWN, 5, PredictedMode.BUS)).isEqualTo(PredictedMode.BUS);
    }
}
