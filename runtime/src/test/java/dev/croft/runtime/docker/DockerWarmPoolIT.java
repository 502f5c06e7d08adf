package dev.croft.runtime.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.pool.WarmPoolSuite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The pool on a real engine; asked for with {@code -Pdocker}. */
class DockerWarmPoolIT extends WarmPoolSuite {
    private final Engine engine = new Engine(DockerRuntime.Options.DEFAULT.socket());
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        if (image == null) {
            Path archive = temporary.resolve("image.tar");
            image = TestImage.write(archive);
            engine.load(archive);
        }
        return DockerRuntime.open(state, DockerRuntime.Options.DEFAULT);
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected void killWhatWaits(Path state) throws IOException {
        String name = DockerRuntime.nameOf(state.toRealPath());
        for (JsonNode container : engine.get("/containers/json")) {
            JsonNode labels = container.path("Labels");
            if (labels.path(ContainerSpec.RUNTIME_LABEL).asText().equals(name)
                    && labels.path(ContainerSpec.ID_LABEL).asText().startsWith("warm-")) {
                engine.delete("/containers/" + container.path("Id").asText() + "?force=1");
            }
        }
    }
}
