package dev.croft.runtime.pool;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A workload that waits, and looks for whatever is not its own: before it is claimed, and after. Writes what it found into its directory. */
public final class Nosy {
    private static final int DEEPEST = 6;

    private final List<String> found = new ArrayList<>();

    private Nosy() {}

    /** @param arguments none */
    public static void main(String[] arguments) throws IOException {
        new Nosy().run();
    }

    private void run() throws IOException {
        String wait = System.getenv("CROFT_WAIT");
        if (wait == null) {
            report(Path.of(System.getenv("MINE")), "cold");
            return;
        }
        look("before");
        String claim;
        try (SocketChannel line = SocketChannel.open(UnixDomainSocketAddress.of(Path.of(wait)))) {
            claim = new String(Channels.newInputStream(line).readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!claim.startsWith("croft-claim-v1\n")) {
            return;
        }
        Map<String, String> told = new TreeMap<>();
        claim.lines()
                .filter(text -> text.contains("="))
                .forEach(text -> told.put(text.substring(0, text.indexOf('=')), text.substring(text.indexOf('=') + 1)));
        Path socket = Path.of(wait).resolveSibling(told.get(HandedDirectories.SOCKET));
        Map<Path, Path> handed = HandedDirectories.receive(socket);
        Path mine = Objects.requireNonNull(handed.get(Path.of(told.get("MINE"))));
        Path shown = Objects.requireNonNull(handed.get(Path.of(told.get("SHOWN"))));
        look("after");
        for (Path place : List.of(mine, shown)) {
            for (String way : List.of("..", "../..", "../../..", "../../../..", "../../../../../../..")) {
                Path above = place.resolve(way);
                if (Files.isDirectory(above) && !Files.isSameFile(above, place)) {
                    found.add("escaped by " + way);
                }
            }
        }
        attempt("link", () -> {
            Files.createSymbolicLink(mine.resolve("link"), Path.of("../other"));
            try (Stream<Path> all = Files.list(mine.resolve("link"))) {
                all.forEach(file -> found.add("by a link: " + file));
            } finally {
                Files.delete(mine.resolve("link"));
            }
        });
        attempt("write", () -> {
            Files.writeString(shown.resolve("written"), "x");
            found.add("wrote what is only to be read");
        });
        attempt("execute", () -> {
            Files.write(mine.resolve("program"), Files.readAllBytes(Path.of("/usr/bin/true")));
            mine.resolve("program").toFile().setExecutable(true);
            new ProcessBuilder(mine.resolve("program").toString()).start();
            found.add("ran a program from its directory");
        });
        Files.deleteIfExists(mine.resolve("program"));
        attempt("again", () -> {
            HandedDirectories.receive(socket);
            found.add("was handed directories twice");
        });
        if (!Files.readString(shown.resolve("hello")).equals("hello")) {
            found.add("cannot read what it is shown");
        }
        report(mine, "warm");
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static void attempt(String what, Attempt attempt) {
        try {
            attempt.run();
        } catch (IOException e) {
            System.out.println(what + " fails: " + e);
        }
    }

    private void report(Path mine, String how) throws IOException {
        found.addFirst(how + " " + Files.readString(mine.resolve("secret")));
        Files.write(mine.resolve("report.new"), found);
        Files.move(mine.resolve("report.new"), mine.resolve("report"));
    }

    /** All that can be reached from the root and from its descriptors and has the name of a secret. */
    private void look(String when) throws IOException {
        List<Path> from = new ArrayList<>(List.of(Path.of("/")));
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors.map(descriptor -> descriptor.resolve(".")).forEach(from::add);
        }
        for (Path start : from) {
            if (!Files.isDirectory(start)) {
                continue;
            }
            Files.walkFileTree(start, EnumSet.noneOf(FileVisitOption.class), DEEPEST, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    boolean system = directory.startsWith("/proc") || directory.startsWith("/usr");
                    return system && start.equals(Path.of("/"))
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (file.getFileName().toString().equals("secret")) {
                        found.add(when + ": " + Files.readString(file));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }
}
