package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The images of a Docker engine on this machine, for a backend whose containers it runs without being asked by us. Thread-safe. */
public final class EngineImages {
    private final Engine engine;

    /** @param socket the engine's, usually {@code /var/run/docker.sock} */
    public EngineImages(Path socket) {
        engine = new Engine(socket);
    }

    /** The id of the image of this name or id, if the engine has it. */
    public Optional<Digest> find(String image) {
        return look(image).map(json -> Digest.parse(json.path("Id").asText()));
    }

    /** What an image says of itself under this name, empty if nothing. */
    public String label(Digest image, String name) {
        return look(image.toString())
                .map(json -> json.path("Config").path("Labels").path(name).asText(""))
                .orElse("");
    }

    private Optional<JsonNode> look(String image) {
        try {
            return Optional.of(engine.get("/images/" + image + "/json"));
        } catch (Engine.Refused e) {
            if (e.status() == 404) {
                return Optional.empty();
            }
            throw new WorkloadException.Backend("cannot look for the image", e);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot look for the image", e);
        }
    }

    /** Puts the images of an archive into the engine, as {@code docker load} does. */
    public void load(Path archive) {
        try {
            engine.load(archive);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot load images", e);
        }
    }

    /** Names an image. */
    public void tag(Digest image, String repository, String tag) {
        try {
            engine.post(
                    "/images/" + image + "/tag?repo=" + Engine.quote(repository) + "&tag=" + Engine.quote(tag), null);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot name an image", e);
        }
    }
}
