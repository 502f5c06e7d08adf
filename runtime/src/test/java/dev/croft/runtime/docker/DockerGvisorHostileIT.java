package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.runtime.HostileWorkload;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The hostile workload in gVisor on a real engine that offers it; asked for with {@code -Pdocker}. */
class DockerGvisorHostileIT extends HostileWorkload {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        Gvisor.assumeOffered();
        image = Gvisor.image(temporary.resolve("image.tar"));
        return DockerRuntime.open(state, Gvisor.options(Optional.empty()));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    /** What gVisor tells of times within goes by the clock, not by what it was given; so the engine is asked. */
    @Override
    protected double processorSeconds(WorkloadSpec spec) {
        WorkloadId id = runtime.launch(spec);
        AtomicLong used = new AtomicLong();
        Engine engine = new Engine(DockerRuntime.usualSocket());
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(100)).until(() -> {
            try {
                String name = DockerRuntime.nameOf(temporary.resolve("state").toRealPath());
                JsonNode stats = engine.get("/containers/croft-" + name + "-" + id + "/stats?stream=0&one-shot=1");
                used.accumulateAndGet(
                        stats.path("cpu_stats")
                                .path("cpu_usage")
                                .path("total_usage")
                                .asLong(),
                        Math::max);
            } catch (Engine.Refused e) {
                // It has ended and is gone.
            }
            return runtime.inspect(id).state().ended();
        });
        assertThat(used).hasPositiveValue();
        return used.get() / 1e9;
    }

    @Override
    protected boolean makesNodes() {
        return true;
    }

    /** gVisor says nothing there of new privileges, which nobody gets in it, nor of the filter that it is under itself. */
    @Override
    protected void assertPowerless(String status) {
        assertThat(status).contains("CapEff: 0000000000000000").contains("CapBnd: 0000000000000000");
    }
}
