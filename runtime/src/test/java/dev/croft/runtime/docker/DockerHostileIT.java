package dev.croft.runtime.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.HostileWorkload;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestImage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The hostile workload on a real engine; asked for with {@code -Pdocker}. */
class DockerHostileIT extends HostileWorkload {
    private final Engine engine = new Engine(DockerRuntime.Options.DEFAULT.socket());
    private Program.@Nullable Image image;
    private @Nullable String other;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        Path archive = temporary.resolve("image.tar");
        image = TestImage.write(archive);
        engine.load(archive);
        return DockerRuntime.open(state, DockerRuntime.Options.DEFAULT);
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    /** A container on the engine's bridge, as anyone may have there, with an open port; and the bridge itself. */
    @Override
    protected List<InetSocketAddress> others() throws IOException {
        List<InetSocketAddress> reached = new ArrayList<>();
        if (TestImage.hasBusybox()) {
            ObjectNode json = Engine.JSON.createObjectNode();
            json.put("Image", Objects.requireNonNull(image).digest().toString()).put("User", "0:0");
            List.of("/bin/busybox", "httpd", "-f", "-p", "7777").forEach(json.putArray("Entrypoint")::add);
            json.putObject("HostConfig").put("NetworkMode", "bridge");
            String name = "croft-test-other-" + UUID.randomUUID();
            engine.post("/containers/create?name=" + name, json);
            other = name;
            engine.post("/containers/" + name + "/start", null);
            JsonNode settings = engine.get("/containers/" + name + "/json").path("NetworkSettings");
            InetSocketAddress address =
                    new InetSocketAddress(settings.path("IPAddress").asText(), 7777);
            Awaitility.await().atMost(Duration.ofSeconds(90)).ignoreExceptions().until(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(address, 1000); // it is there for those who have a network
                    return true;
                }
            });
            reached.add(address);
            reached.add(new InetSocketAddress(settings.path("Gateway").asText(), 22));
        }
        return reached;
    }

    @AfterEach
    void removeOther() throws IOException {
        if (other != null) {
            engine.delete("/containers/" + other + "?force=1");
            other = null;
        }
    }
}
