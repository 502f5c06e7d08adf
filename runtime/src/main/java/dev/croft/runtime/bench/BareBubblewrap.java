package dev.croft.runtime.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Fork and exec of {@code bwrap}, signals to all below it, and waiting for its end. */
final class BareBubblewrap implements Bare {
    private final Path classes;
    private final Map<String, Process> running = new ConcurrentHashMap<>();

    /** @param classes a directory with {@link Caller} */
    BareBubblewrap(Path classes) {
        this.classes = classes;
    }

    @Override
    public String name() {
        return "bwrap, kill -STOP, -CONT, -KILL";
    }

    @Override
    public void start(String id, Path door) throws IOException {
        List<String> words = new ArrayList<>(List.of("bwrap", "--unshare-all", "--new-session", "--die-with-parent"));
        words.addAll(List.of("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"));
        words.addAll(List.of("--tmpfs", "/tmp", "--tmpfs", "/mnt"));
        words.addAll(List.of("--bind", door.toString(), "/mnt/croft"));
        words.addAll(List.of("--ro-bind", classes.toString(), "/mnt/app"));
        words.addAll(List.of("--setenv", "CROFT_DOOR", "/mnt/croft/door.sock", "--"));
        words.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        words.addAll(RuntimeBench.OPTIONS);
        words.addAll(List.of("-cp", "/mnt/app", Caller.class.getName()));
        running.put(id, Bare.quiet(words));
    }

    private static void signal(String name, Stream<ProcessHandle> to) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("kill", "-" + name));
        to.forEach(process -> words.add(Long.toString(process.pid())));
        Bare.command(words);
    }

    private Process of(String id) {
        return Objects.requireNonNull(running.get(id));
    }

    @Override
    public void pause(String id) throws IOException, InterruptedException {
        signal("STOP", of(id).descendants());
    }

    @Override
    public void resume(String id) throws IOException, InterruptedException {
        signal("CONT", of(id).descendants());
    }

    @Override
    public void delete(String id, Runnable acknowledged) throws IOException, InterruptedException {
        signal("KILL", of(id).children()); // the first of its namespace, with which all others end
        Objects.requireNonNull(running.remove(id)).waitFor();
    }
}
