package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods that are resized where they are, on an API server in memory. */
class PausingTest {
    private static final String SHRUNK = "workload {\"requests\":{\"cpu\":\"1m\"}}";
    private static final String WHOLE = "workload {\"requests\":{\"cpu\":\"40m\"}}";
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static Pod pod(String request, String limit) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("web")
                .withLabels(Map.of("a", "b"))
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName(PodPlan.CONTAINER)
                .withImage("croft/test")
                .withNewResources()
                .addToRequests("cpu", new Quantity(request))
                .addToLimits("cpu", new Quantity(limit))
                .endResources()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .endStatus()
                .build();
    }

    private Pausing of(ResizingServer server, String request, String limit) throws Exception {
        new AskedPod(pod(request, limit), "", "").write(directory);
        return next(server);
    }

    /** As a router finds it that was started after the one before was killed. */
    private Pausing next(ResizingServer server) {
        Cluster cluster = new Cluster(server.client, "ns", "rt");
        cluster.discover();
        return new Pausing(cluster, directory, "web", SOON, () -> false);
    }

    private static void settled(ResizingServer server, String... asked) {
        await().atMost(SOON).untilAsserted(() -> assertThat(server.asked).containsExactly(asked));
    }

    @Test
    void whatAPodIsSureOfAtAllTimesItKeepsAndALimitIsLeftAlone() {
        assertThat(CpuRequest.of(pod("40m", "2")).orElseThrow().frozen().orElseThrow())
                .isEqualTo(CpuRequest.of(pod("1m", "2000m")).orElseThrow());
        assertThat(CpuRequest.of(pod("2", "2000m")).orElseThrow().frozen()).isEmpty();
        assertThat(CpuRequest.of(pod("1m", "10m")).orElseThrow().frozen()).isEmpty();
        assertThat(CpuRequest.of(pod("1.5", "2")).orElseThrow().patch()).contains("\"cpu\":\"1500m\"");
    }

    @Test
    void aShrunkPodIsWhatWasAskedForAndOneWithAnotherLimitIsNot() {
        AskedPod asked = new AskedPod(pod("40m", "2"), "", "");
        assertThat(asked.deviations(pod("40m", "2000m"))).doesNotContain("cpu");
        assertThat(asked.deviations(pod("1m", "2"))).doesNotContain("cpu");
        assertThat(asked.deviations(pod("40m", "3"))).contains("cpu");
    }

    @Test
    void aPodIsShrunkOnceItIsFrozenAndRestoredBeforeItGoesOn() throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            Pausing pausing = of(server, "40m", "2");
            assertThat(pausing.pause(true, _ -> {
                        assertThat(server.asked).isEmpty();
                        return true;
                    }))
                    .isTrue();
            settled(server, SHRUNK);
            List<String> atThaw = new ArrayList<>();
            assertThat(pausing.pause(false, _ -> atThaw.addAll(server.asked))).isTrue();
            assertThat(atThaw).containsExactly(SHRUNK, WHOLE);
            assertThat(pausing.pause(false, _ -> true)).isTrue();
            assertThat(server.asked).hasSize(2);
        }
    }

    @Test
    void nothingIsAskedOfAnOlderApiServerNorForAPodThatKeepsWhatItHas() throws Exception {
        try (ResizingServer old = new ResizingServer(false);
                ResizingServer server = new ResizingServer(true)) {
            for (Pausing pausing : List.of(of(old, "40m", "2"), of(server, "2", "2"))) {
                assertThat(pausing.pause(true, _ -> true)).isTrue();
                assertThat(pausing.pause(false, _ -> true)).isTrue();
                assertThat(pausing.pause(true, _ -> false)).isFalse();
            }
            assertThat(old.asked).isEmpty();
            assertThat(server.asked).isEmpty();
            assertThat(directory).isDirectoryNotContaining("glob:**shrunk");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 405, 422})
    void aRefusalStopsNeitherPauseNorResume(int status) throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            Pausing pausing = of(server, "40m", "2");
            server.answers.add(status);
            assertThat(pausing.pause(true, _ -> true)).isTrue();
            settled(server, SHRUNK);
            await().atMost(SOON).untilAsserted(() -> assertThat(directory).isDirectoryNotContaining("glob:**shrunk"));
            assertThat(pausing.pause(false, _ -> true)).isTrue();

            assertThat(pausing.pause(true, _ -> true)).isTrue();
            await().atMost(SOON)
                    .until(() ->
                            server.asked.size() > 1 && server.asked.getLast().equals(SHRUNK));
            int before = server.asked.size();
            server.answers.add(status);
            assertThat(pausing.pause(false, _ -> true)).isTrue();
            assertThat(server.asked.subList(before, server.asked.size())).containsExactly(WHOLE);
            // Not restored, and not forgotten.
            assertThat(directory).isDirectoryContaining("glob:**shrunk");
            assertThat(next(server).pause(false, _ -> true)).isTrue();
            assertThat(server.asked.getLast()).isEqualTo(WHOLE);
            assertThat(directory).isDirectoryNotContaining("glob:**shrunk");
        }
    }

    @Test
    void aServerThatDoesNotAnswerJustNowIsAskedAgain() throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            Pausing pausing = of(server, "40m", "2");
            server.answers.addAll(List.of(503, 500));
            assertThat(pausing.pause(true, _ -> true)).isTrue();
            settled(server, SHRUNK, SHRUNK, SHRUNK);
            server.answers.add(503);
            assertThat(pausing.pause(false, _ -> true)).isTrue();
            settled(server, SHRUNK, SHRUNK, SHRUNK, WHOLE, WHOLE);
        }
    }

    @Test
    void whatAKilledRouterShrankTheNextRestores() throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            assertThat(of(server, "40m", "2").pause(true, _ -> true)).isTrue();
            settled(server, SHRUNK);
            Pausing second = next(server);
            second.adopt(true);
            settled(server, SHRUNK, SHRUNK);
            assertThat(second.pause(false, _ -> true)).isTrue();
            settled(server, SHRUNK, SHRUNK, WHOLE);
        }
    }

    @Test
    void aPodThatGoesOnWhenItsRouterIsKilledIsRestoredByTheNext() throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            assertThat(of(server, "40m", "2").pause(true, _ -> true)).isTrue();
            settled(server, SHRUNK);
            next(server).adopt(false);
            settled(server, SHRUNK, WHOLE);
            await().atMost(SOON).untilAsserted(() -> assertThat(directory).isDirectoryNotContaining("glob:**shrunk"));
            next(server).adopt(false);
            assertThat(server.asked).hasSize(2);
        }
    }

    @Test
    void howeverFastItIsPausedAndResumedWhatWasAskedForLastHolds() throws Exception {
        try (ResizingServer server = new ResizingServer(true)) {
            Pausing pausing = of(server, "40m", "2");
            for (int i = 0; i < 20; i++) {
                pausing.pause(true, _ -> true);
                pausing.pause(false, _ -> true);
            }
            await().atMost(SOON).untilAsserted(() -> assertThat(directory).isDirectoryNotContaining("glob:**shrunk"));
            assertThat(server.asked.isEmpty() || server.asked.getLast().equals(WHOLE))
                    .isTrue();
        }
    }
}
