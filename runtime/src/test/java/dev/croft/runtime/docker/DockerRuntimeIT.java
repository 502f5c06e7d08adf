package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Digest;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.KilledRouter;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The suite on a real engine; asked for with {@code -Pdocker}. */
class DockerRuntimeIT extends RuntimeConformance {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        Program.Image built = image;
        if (built == null) {
            Path archive = temporary.resolve("image.tar");
            built = TestImage.write(archive);
            image = built;
            new Engine(DockerRuntime.Options.DEFAULT.socket()).load(archive);
        }
        return DockerRuntime.open(state, DockerRuntime.Options.DEFAULT.withBase(built));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected int many() {
        return 12;
    }

    @Test
    void filesRunOnTheBaseImage() throws IOException {
        Program files = TestFiles.script(temporary.resolve("bundle"), "echo from $0");
        assertThat(said(WorkloadSpec.of(WorkloadId.random("files"), files))).isEqualTo("from /app/run.sh\n");
    }

    @Test
    void onlyALoopbackInterfaceIsThereAndNotTheBridge() throws Exception {
        String said = said(spec("while read line; do echo \"$line\"; done </proc/net/dev; cat /proc/net/route"));
        assertThat(said).contains("lo:").doesNotContain("eth", "docker").doesNotContain("ac11"); // 172.17 in hex
    }

    @Test
    void aRuntimeClassIsARuntimeOfTheEngineAndOneThatItHasNotIsNamed() throws Exception {
        assertThat(said(spec("echo ran").withPlacing(Placing.ANYHOW.withRuntimeClass("runc"))))
                .isEqualTo("ran\n");
        assertThatThrownBy(() -> runtime.launch(spec("true").withPlacing(Placing.ANYHOW.withRuntimeClass("no-such"))))
                .isInstanceOf(WorkloadException.InvalidSpec.class)
                .hasMessageStartingWith("the engine has no runtime no-such, but ")
                .hasMessageContaining("runc");
        assertThatThrownBy(() -> runtime.launch(spec("true").withPlacing(Placing.ANYHOW.withResourceClass("gold"))))
                .hasMessage("containers cannot have resource class gold");
    }

    @Test
    void aContainerThatVanishesIsSeen() throws Exception {
        WorkloadSpec spec = spec("exec sleep 600").withHealth(HealthCheck.atStart());
        runtime.awaitHealthy(runtime.launch(spec), SOON);
        Engine engine = new Engine(DockerRuntime.Options.DEFAULT.socket());
        for (var container : engine.get("/containers/json")) {
            if (container
                    .path("Labels")
                    .path(ContainerSpec.ID_LABEL)
                    .asText()
                    .equals(spec.id().value())) {
                engine.delete("/containers/" + container.path("Id").asText() + "?force=1");
            }
        }
        assertThat(runtime.awaitEnd(spec.id(), SOON).state()).isEqualTo(State.FAILED);
    }

    /** The router that is killed. Arguments: state, image reference, id. */
    static final class Victim {
        public static void main(String[] arguments) {
            Program.Image image = new Program.Image(arguments[1], Digest.parse(arguments[2]), List.of("/bin/bash"));
            KilledRouter.launchUntilKilled(
                    DockerRuntime.open(Path.of(arguments[0]), DockerRuntime.Options.DEFAULT), image);
        }
    }

    @Test
    void aKilledRoutersContainersAreTakenUpByTheNextAndNoneIsForgotten() throws Exception {
        Path state = temporary.resolve("crash");
        Program.Image built = (Program.Image) script("true");
        KilledRouter.killOnceReady(
                Victim.class,
                state.toString(),
                built.reference(),
                built.digest().toString());
        try (Runtime next = open(state)) {
            KilledRouter.isFollowedBy(next);
            assertThat(containers(state)).isZero();
        }
    }

    private static int containers(Path state) throws IOException {
        String name = DockerRuntime.nameOf(state.toRealPath());
        int count = 0;
        for (var container : new Engine(DockerRuntime.Options.DEFAULT.socket()).get("/containers/json?all=1")) {
            count += container
                            .path("Labels")
                            .path(ContainerSpec.RUNTIME_LABEL)
                            .asText()
                            .equals(name)
                    ? 1
                    : 0;
        }
        return count;
    }
}
