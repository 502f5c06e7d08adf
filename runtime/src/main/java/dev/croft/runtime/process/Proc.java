package dev.croft.runtime.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What {@code /proc} tells of processes (proc(5)). */
final class Proc {
    private Proc() {}

    /**
     * One process, told apart from a later one of the same number by its start.
     *
     * @param start clock ticks from boot to its start
     */
    record Entry(long pid, char state, long parent, long session, long start) {
        /** Whether it still runs; a zombie has ended. */
        boolean alive() {
            return state != 'Z' && state != 'X';
        }
    }

    static Optional<Entry> read(long pid) {
        try {
            return Optional.of(parse(Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1)));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Reads a line of {@code /proc/PID/stat}; the name in it may hold any character, parentheses and blanks too. */
    static Entry parse(String stat) {
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        if (open < 1 || close < open) {
            throw new IllegalArgumentException("not a line of /proc/PID/stat");
        }
        String[] rest = stat.substring(close + 2).trim().split(" ");
        if (rest.length < 20) {
            throw new IllegalArgumentException("a cut line of /proc/PID/stat");
        }
        return new Entry(
                Long.parseLong(stat.substring(0, open).trim()),
                rest[0].charAt(0),
                Long.parseLong(rest[1]),
                Long.parseLong(rest[3]),
                Long.parseLong(rest[19]));
    }

    /** Whether this very process still runs. */
    static boolean alive(Entry entry) {
        return read(entry.pid())
                .filter(e -> e.start() == entry.start() && e.alive())
                .isPresent();
    }

    static List<Entry> all() {
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> list = Files.list(Path.of("/proc"))) {
            list.map(p -> p.getFileName().toString())
                    .filter(n -> n.chars().allMatch(c -> c >= '0' && c <= '9'))
                    .forEach(n -> read(Long.parseLong(n)).ifPresent(entries::add));
        } catch (IOException e) {
            throw new UncheckedIOException("/proc", e);
        }
        return entries;
    }

    /** The process's pid namespace, such as {@code pid:[4026531836]}; empty for one that is gone or not ours. */
    static String pidNamespace(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether its environment, as it was at its start, has this variable with this value. */
    static boolean hasVariable(long pid, String assignment) {
        try {
            String environment = Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
            return ("\0" + environment).contains("\0" + assignment + "\0");
        } catch (IOException e) {
            return false;
        }
    }

    /** Differs after every boot, so that process numbers of before one are not taken for those of after it. */
    static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
