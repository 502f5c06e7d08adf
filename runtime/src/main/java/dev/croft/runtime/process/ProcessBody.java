package dev.croft.runtime.process;

import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.BundleStore;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.LineWatch;
import dev.croft.runtime.watch.Record;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The process tree of a workload, its log pipe and its control groups. */
final class ProcessBody implements Body {
    private static final long BEGIN_MILLIS = 2_000;

    private final Path directory;
    private final Record record;
    private final Tree tree;
    private final LogFile log;
    private final LineWatch lines;
    private final LogPump pump;
    private final Function<Launch, List<String>> words;
    private LogPump.@Nullable Source output;
    private volatile @Nullable Process process;

    /** {@code words} makes the command line of a launch. */
    ProcessBody(Path directory, Record record, LogPump pump, Function<Launch, List<String>> words) throws IOException {
        this.directory = directory;
        this.record = record;
        this.pump = pump;
        this.words = words;
        this.tree = new Tree(directory, record.backend());
        this.log = new LogFile(directory, record.logBytes());
        this.lines = LineWatch.of(record);
    }

    @Override
    public void begin(Launch launch, Runnable ended) throws IOException {
        Path fifo = directory.resolve("out");
        if (!Posix.mkfifo(fifo)) {
            throw new IOException("cannot make the log pipe");
        }
        output = pump.add(fifo, log, lines);
        ProcessBuilder builder = new ProcessBuilder(words.apply(launch));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("launch.log").toFile()));
        Process child = builder.start();
        process = child;
        child.onExit().thenRun(ended);
    }

    @Override
    public void adopt(Runnable ended) throws IOException {
        Path fifo = directory.resolve("out");
        if (Files.exists(fifo)) {
            output = pump.add(fifo, log, lines);
        } else {
            log.complete();
        }
    }

    @Override
    public boolean alive() {
        Process child = process;
        return child != null ? child.isAlive() : tree.monitor().isPresent() || mayStillBegin();
    }

    /** An earlier router may have been killed between its fork and the first line of the launching script. */
    private boolean mayStillBegin() {
        long age = System.currentTimeMillis() - record.started();
        return age >= 0 && age < BEGIN_MILLIS && !Files.exists(directory.resolve("pid"));
    }

    @Override
    public boolean began() {
        return tree.began();
    }

    @Override
    public void terminate() {
        tree.terminate();
    }

    @Override
    public boolean kill() {
        return tree.kill();
    }

    @Override
    public boolean pause(boolean stop) throws IOException {
        return tree.pause(stop);
    }

    @Override
    public boolean lineSeen() {
        return lines.seen();
    }

    @Override
    public Exit finish() throws IOException {
        OptionalInt code = exitCode();
        LogPump.Source source = output;
        if (source != null) {
            source.finish(2_000);
        }
        boolean outOfMemory = tree.group().ranOutOfMemory();
        tree.group().delete();
        Files.deleteIfExists(directory.resolve("out"));
        Unwrapped.scratch(directory).forEach(BundleStore::delete);
        log.complete();
        return new Exit(code, outOfMemory);
    }

    private OptionalInt exitCode() {
        OptionalInt reported = tree.exitCode();
        Process child = process;
        if (reported.isPresent() || child == null) {
            return reported;
        }
        try {
            return child.waitFor(5, TimeUnit.SECONDS) ? OptionalInt.of(child.exitValue()) : OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalInt.empty();
        }
    }

    @Override
    public InputStream logs(boolean follow, BooleanSupplier closed) {
        return log.reader(follow, closed);
    }

    @Override
    public boolean destroy() {
        boolean clean = tree.kill();
        LogPump.Source source = output;
        if (source != null) {
            source.finish(0);
        }
        discard();
        Unwrapped.scratch(directory).forEach(BundleStore::delete);
        return clean;
    }

    @Override
    public void discard() {
        tree.group().delete();
    }
}
