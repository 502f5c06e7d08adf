package dev.croft.mobility.pipeline;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A trip's sections added up by mode.
 *
 * @param distance metres by mode
 * @param duration seconds by mode
 * @param count sections by mode
 */
public record ModeSummary(Map<String, Double> distance, Map<String, Double> duration, Map<String, Integer> count) {
    static ModeSummary of(List<CleanedSection> sections, Function<CleanedSection, String> mode) {
        Map<String, Double> distance = new TreeMap<>();
        Map<String, Double> duration = new TreeMap<>();
        Map<String, Integer> count = new TreeMap<>();
        for (CleanedSection section : sections) {
            String name = mode.apply(section);
            distance.merge(name, section.distance(), Double::sum);
            duration.merge(name, section.duration(), Double::sum);
            count.merge(name, 1, Integer::sum);
        }
        return new ModeSummary(distance, duration, count);
    }
}
