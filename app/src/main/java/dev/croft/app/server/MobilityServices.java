package dev.croft.app.server;

import dev.croft.mobility.service.CountService;
import dev.croft.mobility.service.MetricsService;
import dev.croft.mobility.service.PipelineService;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.vault.api.ServiceDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The mobility services as bundles of the catalogue: the room's jar and its libraries, all under one digest. */
public final class MobilityServices {
    /** Version under which they are published. */
    public static final String VERSION = "1";

    private static final String BUNDLE = "mobility";
    private static final Set<String> MAINS =
            Set.of(PipelineService.class.getName(), MetricsService.class.getName(), CountService.class.getName());

    private MobilityServices() {}

    /**
     * A service to publish.
     *
     * @param name in the catalogue
     * @param program digest of the bundle
     * @param reads what it says of itself, as in a {@link dev.croft.vault.api.ServiceStatement}
     */
    public record Published(
            String name,
            String program,
            ServiceDefinition definition,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        /** What grants name it by. */
        String digest() {
            return ServiceDigest.of(program, definition.command());
        }
    }

    /** Assembles the bundle among the installation's services, anew where the code changed. */
    public static List<Published> install(Home home, Installation installation) {
        try {
            Path fresh = Files.createTempDirectory(home.services(), "new-");
            Files.createDirectory(fresh.resolve("lib"));
            for (Path part : installation.mobilityClassPath()) {
                copy(part, fresh.resolve("lib").resolve(String.valueOf(part.getFileName())));
            }
            String digest = Bundle.digest(fresh).toString();
            // Named by its digest, so that a launch that is under way keeps the one it was granted.
            Path bundle = home.services().resolve(BUNDLE + "-" + digest.substring(7, 19));
            if (Files.isDirectory(bundle)) {
                delete(fresh);
            } else {
                Files.move(fresh, bundle, StandardCopyOption.ATOMIC_MOVE);
            }
            return List.of(
                    service(
                            "pipeline",
                            "Derives trips, sections, stops and places.",
                            PipelineService.class,
                            bundle,
                            digest,
                            List.of("entries", "analysis", "pipeline: its state", "rederive"),
                            List.of("analysis", "pipeline: its state", "rederive"),
                            List.of("how much it derived")),
                    service(
                            "metrics",
                            "Computes metrics by mode and time.",
                            MetricsService.class,
                            bundle,
                            digest,
                            List.of("analysis"),
                            List.of(),
                            List.of("metrics by mode and time, for the owner")),
                    service(
                            "count",
                            "Tells whether the owner was in an area.",
                            CountService.class,
                            bundle,
                            digest,
                            List.of("entries"),
                            List.of(),
                            List.of("an exact count, for the owner")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this is the launch of one of our services, which all know how to wait for it. */
    static boolean waits(WorkloadSpec launch) {
        return MAINS.contains(launch.program().command().getLast());
    }

    private static Published service(
            String name,
            String description,
            Class<?> main,
            Path bundle,
            String digest,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        String classPath = classPath(bundle);
        ServiceDefinition definition = new ServiceDefinition(
                description,
                String.valueOf(bundle.getFileName()),
                null,
                List.of(
                        "java",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx320m",
                        "-cp",
                        classPath,
                        main.getName()),
                null,
                null,
                null,
                null,
                null,
                null);
        return new Published(name, digest, definition, reads, writes, emits);
    }

    /** Each part by its name, in order, as a cache of the classes is made for one class path. */
    private static String classPath(Path bundle) {
        try (Stream<Path> parts = Files.list(bundle.resolve("lib"))) {
            return parts.map(part -> "/app/lib/" + part.getFileName()).sorted().collect(Collectors.joining(":"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, from.equals(file) ? to : target);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
