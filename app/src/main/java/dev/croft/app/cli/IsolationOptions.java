package dev.croft.app.cli;

import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.router.RouterConfig;
import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.pool.WarmPool;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What services run on, and how strictly they are isolated. */
final class IsolationOptions {
    @Option(
            names = "--backend",
            defaultValue = "process",
            description =
                    "What runs private clouds and services: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            completionCandidates = Backends.class,
            converter = Backends.class)
    Backend backend = Backend.PROCESS;

    @Option(names = "--require-isolation", description = "Do not start where services cannot be fully isolated.")
    boolean requireIsolation;

    @Option(
            names = "--warm",
            paramLabel = "KIND=N",
            split = ",",
            description =
                    "At most so many wait warm: of the kinds service and host, and of all (default: service=2,host=2,all=4).")
    Map<String, Integer> warm = new TreeMap<>();

    @Option(
            names = "--image",
            paramLabel = "[NAME@]DIGEST",
            description =
                    "With Docker and Kubernetes: run private clouds and services from this image of the engine's, a"
                            + " release's that was loaded, and make none. Its id, or a name and the id or the registry's digest.")
    @Nullable
    String image;

    private WarmPool.Bounds bounds() {
        Map<String, Integer> most = new TreeMap<>(warm);
        Integer all = most.remove("all");
        if (!Set.of("service", "host").containsAll(most.keySet())
                || warm.values().stream().anyMatch(n -> n == null || n < 0 || n > 1000)) {
            throw new CommandException(
                    ExitStatus.USAGE, "--warm is of service=N, host=N and all=N, and each N lies between 0 and 1000");
        }
        int standard = LocalServer.WARM.most();
        int sum = most.getOrDefault("service", standard) + most.getOrDefault("host", standard);
        return new WarmPool.Bounds(
                LocalServer.WARM.least(),
                standard,
                all != null ? all : Math.max(LocalServer.WARM.mostInAll(), sum),
                most);
    }

    LocalServer start(Home home, RouterConfig config, Quarters quarters, Output output) {
        return LocalServer.start(
                home,
                config,
                backend,
                requireIsolation,
                quarters,
                Optional.ofNullable(image),
                bounds(),
                what -> step(what, output));
    }

    /** Ends what runs from this home, whose router does not start any more. */
    void end(Home home, Quarters quarters, Output output) {
        LocalServer.end(home, backend, quarters, Optional.ofNullable(image), what -> step(what, output));
    }

    private static void step(String what, Output output) {
        output.line("%s ...", what);
        output.out().flush();
    }

    /** The backends by their names in small letters. */
    static final class Backends implements Iterable<String>, ITypeConverter<Backend> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Backend.values())
                    .map(backend -> backend.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }

        @Override
        public Backend convert(String name) {
            for (Backend backend : Backend.values()) {
                if (backend.name().equalsIgnoreCase(name)) {
                    return backend;
                }
            }
            throw new TypeConversionException("'" + name + "' is no backend: " + String.join(", ", this));
        }
    }

    /** Says once what this machine does not enforce. */
    static void tell(Enforcement enforcement, Output output) {
        output.line("Runtime    %s", enforcement.backend());
        enforcement.missing().forEach(item -> output.warn("not fully enforced here: %s", item));
    }
}
