package dev.croft.app.cli;

import dev.croft.mobility.entry.EntryResult.Refused;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Refused entries by kind of reason, so that even a file of noise is told in a few lines. */
final class Refusals {
    private final Map<String, Group> groups = new TreeMap<>();

    /**
     * Entries refused for one kind of reason.
     *
     * @param first where the first one stood, from 0, and what was wrong with it
     */
    record Group(long entries, String first) {}

    void add(Refused refused) {
        groups.merge(
                refused.refusal().reason().code(),
                new Group(
                        1, "entry " + refused.index() + ": " + refused.refusal().detail()),
                (before, _) -> new Group(before.entries() + 1, before.first()));
    }

    long count() {
        return groups.values().stream().mapToLong(Group::entries).sum();
    }

    Map<String, Group> groups() {
        return groups;
    }

    /** A line for each kind of reason. */
    Iterable<String> lines() {
        return groups.entrySet().stream()
                .map(group -> "%d refused as %s; the first is %s"
                        .formatted(
                                group.getValue().entries(),
                                group.getKey(),
                                group.getValue().first()))
                .toList();
    }

    /** All of it in one line. */
    String inOneLine() {
        if (groups.isEmpty()) {
            return "they hold none";
        }
        var kinds = new LinkedHashMap<String, Long>();
        groups.forEach((code, group) -> kinds.put(code, group.entries()));
        return "%d refused (%s); the first is %s"
                .formatted(
                        count(),
                        kinds.toString().replaceAll("[{}]", "").replace("=", " "),
                        groups.values().iterator().next().first());
    }
}
