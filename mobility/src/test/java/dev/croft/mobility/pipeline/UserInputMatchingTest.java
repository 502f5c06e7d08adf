package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UserInputMatchingTest {
    private static final String MODE = "manual/mode_confirm";
    private static final String ADDITION = "manual/trip_addition_input";

    /** What was said about a trip from 1000 to 2000 s, the next ending at 5000 s. */
    private static MatchedInputs about(Traces traces) {
        return new UserInputMatching(traces.inputs()).forTrip(Traces.T0 + 1000, Traces.T0 + 2000, Traces.T0 + 5000);
    }

    @Test
    void theNewestOfAKindWins() {
        Traces traces = Traces.android()
                .input(MODE, 9000, 1000, 2000, null, null)
                .input(MODE, 9500, 1001, 2000, null, null)
                .input(MODE, 9100, 1002, 2000, null, null);
        assertThat(about(traces).byField())
                .hasSize(1)
                .hasEntrySatisfying(
                        "mode_confirm", input -> assertThat(input.id()).isEqualTo("u00001"));
    }

    @Test
    void anInputBelongsWhereItStartsIfItEndsThereOrNearlySo() {
        assertThat(about(Traces.android().input(MODE, 9000, 1999, 2900, null, null))
                        .byField())
                .hasSize(1);
        assertThat(about(Traces.android().input(MODE, 9000, 2000, 2100, null, null))
                        .byField())
                .isEmpty();
        assertThat(about(Traces.android().input(MODE, 9000, 999, 2000, null, null))
                        .byField())
                .isEmpty();
    }

    @Test
    void oneThatEndsMuchLaterMustCoverMostOfTheTripAndEndBeforeTheNext() {
        assertThat(about(Traces.android().input(MODE, 9000, 1400, 3000, null, null))
                        .byField())
                .hasSize(1);
        assertThat(about(Traces.android().input(MODE, 9000, 1600, 3000, null, null))
                        .byField())
                .isEmpty();
        assertThat(about(Traces.android().input(MODE, 9000, 1400, 5001, null, null))
                        .byField())
                .isEmpty();
    }

    @Test
    void additionsAccumulateUntilDeleted() {
        Traces traces = Traces.android()
                .input(ADDITION, 9000, 1100, 1200, "a", "ACTIVE")
                .input(ADDITION, 9001, 1300, 1400, "b", "ACTIVE")
                .input(ADDITION, 9002, 1100, 1200, "a", "DELETED");
        assertThat(about(traces).additions()).extracting(UserInput::matchId).containsExactly("b");
    }

    @Test
    void whatIsAboutPlacesIsNotAboutTrips() {
        Traces traces = Traces.android().input("manual/place_user_input", 9000, 1100, 1900, null, null);
        assertThat(about(traces).byField()).isEmpty();
        assertThat(new UserInputMatching(traces.inputs())
                        .forPlace(Traces.T0 + 1000, Traces.T0 + 2000, Double.NaN)
                        .byField())
                .containsOnlyKeys("place_user_input");
    }
}
