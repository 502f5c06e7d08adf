package dev.croft.runtime.bench;

import dev.croft.runtime.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code docker} command, for a container of the same image, limits and restrictions as Croft asks for. */
final class BareDocker implements Bare {
    private final Program.Image image;

    BareDocker(Program.Image image) {
        this.image = image;
    }

    @Override
    public String name() {
        return "docker run -d, pause, unpause, rm -f";
    }

    @Override
    public void start(String id, Path door) throws IOException, InterruptedException {
        // Its owner may write to the door's socket, whatever capabilities it has.
        String user = Files.getAttribute(door, "unix:uid") + ":" + Files.getAttribute(door, "unix:gid");
        List<String> words = new ArrayList<>(List.of("docker", "run", "--detach", "--name", id, "--user", user));
        words.addAll(List.of("--network", "none", "--read-only", "--init", "--cap-drop", "ALL"));
        words.addAll(List.of("--security-opt", "no-new-privileges", "--ipc", "private"));
        words.addAll(List.of("--memory", "512m", "--memory-swap", "512m", "--cpus", "1", "--pids-limit", "129"));
        words.addAll(List.of("--tmpfs", "/work", "--tmpfs", "/tmp", "--volume", door + ":/croft:ro"));
        words.addAll(List.of("--volume", door.resolve("output") + ":/croft/output"));
        words.addAll(List.of("--env", "CROFT_DOOR=/croft/door.sock"));
        words.addAll(List.of(
                "--entrypoint", image.command().getFirst(), image.digest().toString()));
        words.addAll(image.command().subList(1, image.command().size()));
        Bare.command(words);
    }

    @Override
    public void pause(String id) throws IOException, InterruptedException {
        Bare.command(List.of("docker", "pause", id));
    }

    @Override
    public void resume(String id) throws IOException, InterruptedException {
        Bare.command(List.of("docker", "unpause", id));
    }

    @Override
    public void delete(String id, Runnable acknowledged) throws IOException, InterruptedException {
        Bare.command(List.of("docker", "rm", "-f", id));
    }
}
