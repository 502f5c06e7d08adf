package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JumpSmoothingTest {
    private static List<Integer> deleted(Traces traces) {
        Track track = traces.track();
        RawSection whole = new RawSection(track.fix(0), track.fix(track.size - 1), MotionType.WALKING);
        JumpSmoothing smoothing = new JumpSmoothing(track, new MersenneTwister(GapFill.SEED));
        return smoothing.deleted(whole).stream().boxed().toList();
    }

    /** A walk with jumps aside at some points. */
    private static Traces walk(Traces traces, int points, int... jumps) {
        List<Integer> aside = new ArrayList<>();
        for (int jump : jumps) {
            aside.add(jump);
        }
        for (int i = 0; i < points; i++) {
            traces.at(30 * i, 40 * i, aside.contains(i) ? 3000 : 0);
        }
        return traces;
    }

    @Test
    void aSteadyWalkKeepsAllItsPoints() {
        assertThat(deleted(walk(Traces.android(), 40))).isEmpty();
    }

    @Test
    void aPointAsideIsDeleted() {
        assertThat(deleted(walk(Traces.android(), 40, 17))).containsExactly(17);
    }

    @Test
    void pointsAsideTogetherAreDeletedTogether() {
        assertThat(deleted(walk(Traces.android(), 60, 30, 31))).containsExactly(30, 31);
    }

    @Test
    void onIosTheJumpBackIsFoundByTheWayThere() {
        // The way there takes so long that only the way back is fast.
        Traces traces = Traces.ios();
        for (int i = 0; i < 20; i++) {
            traces.at(30 * i, 40 * i);
        }
        traces.at(5000, 800, 3000).at(5030, 800, 3040).at(5040, 840);
        for (int i = 0; i < 20; i++) {
            traces.at(5070 + 30 * i, 880 + 40 * i);
        }
        assertThat(deleted(traces)).containsExactly(20, 21);
    }

    @Test
    void jumpsThatMakeNoSenseDeleteNothing() {
        // On iOS two returns in a row share a way there, which leaves an empty stretch between.
        Traces traces = walk(Traces.ios(), 40, 17, 19);
        assertThat(deleted(traces)).isEmpty();
    }

    @Test
    void whatStaysSupersonicIsCutByReach() {
        // Two segments far apart in no time, both longer than a cluster: zigzag cannot tell them apart.
        double[] ts = {0, 30, 60, 90, 91, 121, 151};
        double[] east = {0, 40, 80, 120, 1_000_120, 1_000_160, 1_000_200};
        double[] lon = new double[ts.length];
        for (int i = 0; i < lon.length; i++) {
            lon[i] = Traces.lon(east[i]);
        }
        Legs legs = Legs.of(ts, lon, new double[ts.length], new int[ts.length]);
        boolean[] cut = PosdapSmoothing.deleted(legs, 340.29);
        assertThat(cut).containsExactly(false, false, false, false, true, true, true);
    }

    @Test
    void randomNumbersAreTheReferences() {
        MersenneTwister random = new MersenneTwister(GapFill.SEED);
        double[] expected = {0.0333920212, 0.834434408, 0.1152009565};
        for (double value : expected) {
            assertThat(random.nextDouble()).isCloseTo(value, within(1e-9));
        }
        MersenneTwister ahead = new MersenneTwister(GapFill.SEED);
        ahead.skip(3);
        assertThat(ahead.nextDouble()).isEqualTo(random.nextDouble());
        assertThat(ahead.drawn()).isEqualTo(4);
    }

    @Test
    void longGapsOnIosAreFilledAroundTheirEnd() {
        Traces traces =
                Traces.ios().at(0, 0).at(30, 60).at(400, 100).at(430, 160).at(600, 900);
        Legs filled = GapFill.fill(traces.span(), new MersenneTwister(GapFill.SEED));
        // 90, 150, …, 390; the gap to the last point is too wide to be rest.
        assertThat(filled.size()).isEqualTo(5 + 6);
        assertThat(filled.index()).containsExactly(0, 1, -1, -1, -1, -1, -1, -1, 2, 3, 4);
        for (int i = 2; i < 8; i++) {
            assertThat(filled.crow(i, 8)).isLessThan(101);
        }
    }
}
