package dev.croft.operator.clouds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.clouds.CloudSpec.Desired;
import dev.croft.operator.clouds.CloudSpec.Hosting;
import dev.croft.operator.clouds.CloudStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CloudDeskTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final String ID = "00112233445566778899aabbccddeeff";
    private final CloudDesk desk = new CloudDesk(Duration.ofSeconds(5));

    private static Registered cloud(State state, boolean inUse, Duration unused) {
        return new Registered(
                ID,
                "ana",
                Hosting.Shared,
                state,
                true,
                inUse,
                NOW.minus(unused),
                "shared",
                "croft-x-pm-1",
                "node",
                null);
    }

    private static SeenResource resource(Desired desired, Hosting hosting, CloudStatus status) {
        return new SeenResource(ID, "u", "7", 3, false, new CloudSpec("ana", desired, hosting, null), status);
    }

    private CloudDesk.Answer decide(List<SeenResource> resources, List<Registered> registry) {
        return desk.decide(new CloudDesk.Sight(NOW, resources, registry, Set.of(), Map.of()));
    }

    private static CloudStatus reported(CloudDesk.Answer answer) {
        return answer.acts().stream()
                .filter(Act.Report.class::isInstance)
                .map(act -> ((Act.Report) act).status())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPrivateCloudWithoutAResourceGetsOneThatAsksForNothing() {
        assertThat(decide(List.of(), List.of(cloud(State.Awake, false, Duration.ZERO)))
                        .acts())
                .containsExactly(new Act.Create(ID, new CloudSpec("ana", Desired.Automatic, Hosting.Shared, null)));
    }

    @Test
    @SuppressWarnings("NullAway") // It does not read a nested type's annotation from a class file.
    void theResourceOfOneThatItsOwnerDeletedGoesAndOneThatNobodyMadeWaits() {
        CloudStatus was = new CloudStatus(3L, State.Awake, null, null, null, null, null, List.of());
        assertThat(decide(List.of(resource(Desired.Awake, Hosting.Shared, was)), List.of())
                        .acts())
                .containsExactly(new Act.Remove(ID, "u", "7"));
        CloudDesk.Answer waiting = decide(List.of(resource(Desired.Awake, Hosting.Shared, CloudStatus.NEW)), List.of());
        assertThat(waiting.acts()).singleElement().isInstanceOf(Act.Report.class);
        assertThat(reported(waiting).state()).isEqualTo(State.Absent);
        assertThat(waiting.held()).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway") // It does not read a nested type's annotation from a class file.
    void theResourceOfOneThatMovedToAnotherRouterGoesFromHereAndNoneIsMadeHere() {
        Registered elsewhere = new Registered(
                ID, "ana", Hosting.Shared, State.Locked, false, false, NOW, null, null, "2 servers, all", null);
        CloudStatus was = new CloudStatus(3L, State.Awake, null, null, null, null, null, List.of());
        assertThat(decide(List.of(resource(Desired.Awake, Hosting.Shared, was)), List.of(elsewhere))
                        .acts())
                .containsExactly(new Act.Remove(ID, "u", "7"));
        assertThat(decide(List.of(), List.of(elsewhere)).acts()).isEmpty();
        CloudDesk.Answer asked =
                decide(List.of(resource(Desired.Awake, Hosting.Shared, CloudStatus.NEW)), List.of(elsewhere));
        assertThat(reported(asked).condition(CloudDesk.RECONCILED).orElseThrow().reason())
                .isEqualTo("Elsewhere");
        assertThat(asked.held()).isEmpty();
    }

    @Test
    void oneThatIsToSleepDoesWhenNobodyUsesIt() {
        List<SeenResource> asked = List.of(resource(Desired.Asleep, Hosting.Shared, CloudStatus.NEW));
        Duration minute = Duration.ofMinutes(1);
        assertThat(decide(asked, List.of(cloud(State.Awake, true, minute))).acts())
                .noneMatch(Act.Sleep.class::isInstance);
        assertThat(reported(decide(asked, List.of(cloud(State.Awake, true, minute))))
                        .condition(CloudDesk.RECONCILED)
                        .orElseThrow()
                        .reason())
                .isEqualTo("InUse");
        assertThat(decide(asked, List.of(cloud(State.Awake, false, minute))).acts())
                .contains(new Act.Sleep(ID, "its resource asks for sleep"));
        assertThat(decide(asked, List.of(cloud(State.Awake, false, Duration.ofSeconds(1))))
                        .acts())
                .noneMatch(Act.Sleep.class::isInstance);
    }

    @Test
    void oneThatIsToBeAwakeIsWokenAndHeldAndALockedOneWaitsForItsOwner() {
        List<SeenResource> asked = List.of(resource(Desired.Awake, Hosting.Shared, CloudStatus.NEW));
        CloudDesk.Answer asleep = decide(asked, List.of(cloud(State.Asleep, false, Duration.ZERO)));
        assertThat(asleep.acts()).contains(new Act.Wake(ID));
        assertThat(asleep.held()).containsExactly(ID);
        CloudDesk.Answer locked = decide(asked, List.of(cloud(State.Locked, false, Duration.ZERO)));
        assertThat(locked.acts()).singleElement().isInstanceOf(Act.Report.class);
        assertThat(reported(locked)
                        .condition(CloudDesk.RECONCILED)
                        .orElseThrow()
                        .reason())
                .isEqualTo("OwnerKeyNeeded");
    }

    @Test
    void noResourceTakesIsolationAwayOrLocksAnyoneOut() {
        List<SeenResource> toOwn = List.of(resource(Desired.Automatic, Hosting.Own, CloudStatus.NEW));
        for (State open : List.of(State.Awake, State.Asleep)) {
            CloudDesk.Answer answer = decide(toOwn, List.of(cloud(open, false, Duration.ZERO)));
            assertThat(answer.acts()).noneMatch(Act.Move.class::isInstance);
            assertThat(reported(answer)
                            .condition(CloudDesk.RECONCILED)
                            .orElseThrow()
                            .reason())
                    .isEqualTo("OwnerConsentNeeded");
        }
        assertThat(decide(toOwn, List.of(cloud(State.Locked, false, Duration.ZERO)))
                        .acts())
                .contains(new Act.Move(ID, Hosting.Own));
        for (State state : List.of(State.Awake, State.Asleep, State.Locked, State.Creating)) {
            CloudDesk.Answer answer = decide(
                    List.of(resource(Desired.Automatic, Hosting.Shared, CloudStatus.NEW)),
                    List.of(new Registered(ID, "ana", Hosting.Own, state, true, false, NOW, null, null, "node", null)));
            assertThat(answer.acts()).noneMatch(Act.Move.class::isInstance);
            assertThat(reported(answer)
                            .condition(CloudDesk.RECONCILED)
                            .orElseThrow()
                            .reason())
                    .isEqualTo("OwnerConsentNeeded");
        }
    }

    @Test
    void aWishDoesNotWakeWhatMadeRoomForOthers() {
        Registered resting =
                new Registered(ID, "ana", Hosting.Shared, State.Asleep, true, false, NOW, null, null, "node", "memory");
        CloudDesk.Answer answer =
                decide(List.of(resource(Desired.Awake, Hosting.Shared, CloudStatus.NEW)), List.of(resting));
        assertThat(answer.acts()).noneMatch(Act.Wake.class::isInstance);
        CloudStatus.Condition said =
                reported(answer).condition(CloudDesk.RECONCILED).orElseThrow();
        assertThat(said.reason()).isEqualTo("MadeRoom");
        assertThat(said.message()).isEqualTo("memory");
    }

    @Test
    void whatWasReportedIsNotReportedAgainUntilItChanges() {
        List<Registered> registry = List.of(cloud(State.Awake, false, Duration.ofSeconds(10)));
        CloudStatus first =
                reported(decide(List.of(resource(Desired.Automatic, Hosting.Shared, CloudStatus.NEW)), registry));
        assertThat(decide(List.of(resource(Desired.Automatic, Hosting.Shared, first)), registry)
                        .acts())
                .isEmpty();
        assertThat(decide(
                                List.of(resource(Desired.Automatic, Hosting.Shared, first)),
                                List.of(cloud(State.Awake, false, Duration.ZERO)))
                        .acts())
                .as("ten seconds later it was used again")
                .isEmpty();
        CloudStatus later = reported(decide(
                List.of(resource(Desired.Automatic, Hosting.Shared, first)),
                List.of(cloud(State.Locked, false, Duration.ZERO))));
        assertThat(later.condition(CloudDesk.READY).orElseThrow().status()).isEqualTo("False");
    }

    @Test
    void anotherAccountInTheSpecIsSetBackAndMovesNothing() {
        SeenResource forged =
                new SeenResource(ID, "u", "7", 3, false, new CloudSpec("eve", null, null, null), CloudStatus.NEW);
        assertThat(decide(List.of(forged), List.of(cloud(State.Awake, false, Duration.ZERO)))
                        .acts())
                .containsExactly(new Act.Correct(ID, "7", new CloudSpec("ana", null, null, null)));
    }

    @Test
    void aFailureIsToldAndNotTriedAgainAtOnce() {
        List<SeenResource> asked = List.of(resource(Desired.Automatic, Hosting.Own, CloudStatus.NEW));
        CloudDesk.Answer answer = desk.decide(new CloudDesk.Sight(
                NOW,
                asked,
                List.of(cloud(State.Locked, false, Duration.ZERO)),
                Set.of(),
                Map.of(ID, "a host does not answer")));
        assertThat(answer.acts()).singleElement().isInstanceOf(Act.Report.class);
        assertThat(reported(answer)
                        .condition(CloudDesk.RECONCILED)
                        .orElseThrow()
                        .message())
                .isEqualTo("a host does not answer");
    }
}
