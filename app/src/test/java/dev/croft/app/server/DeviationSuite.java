package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.app.server.DoorStage.Owner;
import dev.croft.app.server.DoorStage.Waiting;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody at the engine puts something else in the place of a running service while no router watches: the next router ends it, and its
 * owner reads of it.
 */
abstract class DeviationSuite {
    @TempDir
    Path directory;

    /** What it is run on. */
    abstract String backend();

    /** Replaces what runs by something like it that is not it, under the same name and labels, with the same door. */
    abstract void replace(UpProcess croft, String launch) throws Exception;

    /** Whether anything of the launch runs. */
    abstract boolean runs(UpProcess croft, String launch) throws Exception;

    @Test
    @Timeout(600)
    void aServiceThatWasReplacedIsEndedAndIsInItsOwnersAudit() throws Exception {
        try (DoorStage stage = DoorStage.open(directory, backend())) {
            Owner ana = stage.owner("ana", 5);
            CatalogueEntry service = stage.service("patient", List.of("until-refused\twaited\t" + DoorStage.COUNT));
            Waiting replaced = stage.waiting(ana, service);
            Waiting untouched = stage.waiting(ana, service);
            stage.croft().kill();
            replace(stage.croft(), replaced.launch().id());
            stage.croft().start();

            Launch end = ana.resident().await(replaced.launch(), DoorStage.SOON);
            assertThat(end.state()).isEqualTo(Launch.State.FAILED);
            assertThat(end.reason()).startsWith("deviation: ");
            await().atMost(DoorStage.SOON).untilAsserted(() -> {
                assertThat(runs(stage.croft(), replaced.launch().id())).isFalse();
                assertThat(ana.audit()).anySatisfy(entry -> {
                    assertThat(entry.operation()).isEqualTo("service_start");
                    assertThat(entry.object()).isEqualTo(replaced.launch().id());
                    assertThat(entry.outcome()).isEqualTo("service-changed");
                });
            });
            assertThat(ana.audit())
                    .filteredOn(
                            entry -> entry.object().equals(untouched.launch().id()))
                    .noneMatch(entry -> entry.outcome().equals("service-changed"));
            assertThat(ana.account()
                            .launch(ana.cloud(), untouched.launch().id())
                            .state())
                    .isEqualTo(Launch.State.RUNNING);
            ana.account().stop(ana.cloud(), untouched.launch().id());
        }
    }
}
