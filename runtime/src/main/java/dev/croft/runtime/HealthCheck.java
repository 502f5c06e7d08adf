package dev.croft.runtime;

import java.time.Duration;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * When a workload counts as healthy. A workload that is not healthy {@code within} the given time after launch is
 * killed and {@link WorkloadStatus.State#FAILED}, except one checked {@link AtExit}, which its wall-clock limit bounds.
 */
public sealed interface HealthCheck {
    /** How long the workload may take. */
    Duration within();

    /** Healthy as soon as its process runs. */
    static HealthCheck atStart() {
        return new AtStart();
    }

    /** A job: healthy when it has ended with exit code 0. */
    static HealthCheck atExit() {
        return new AtExit();
    }

    record AtStart() implements HealthCheck {
        @Override
        public Duration within() {
            return Duration.ofMinutes(1);
        }
    }

    record AtExit() implements HealthCheck {
        @Override
        public Duration within() {
            return Limits.FOREVER;
        }
    }

    /**
     * Healthy when this file exists.
     *
     * @param path as the workload sees it, under {@code /croft} or a mount
     */
    record FileExists(String path, Duration within) implements HealthCheck {
        public FileExists {
            checkPath(path);
        }
    }

    /**
     * Healthy when this Unix-domain socket takes a connection.
     *
     * @param path as the workload sees it, under {@code /croft} or a mount
     */
    record SocketAccepts(String path, Duration within) implements HealthCheck {
        public SocketAccepts {
            checkPath(path);
        }
    }

    /**
     * Healthy when {@code GET} of this target over a Unix-domain socket is answered with a 2xx status (HTTP/1.1).
     *
     * @param socket as the workload sees it, under {@code /croft} or a mount
     * @param target the request target, such as {@code /healthz}
     */
    record HttpOk(String socket, String target, Duration within) implements HealthCheck {
        public HttpOk {
            checkPath(socket);
            if (!target.matches("/[\\x21-\\x7e]{0,1000}")) {
                throw new WorkloadException.InvalidSpec("not a request target: " + Quote.of(target));
            }
        }
    }

    /** Healthy when the port of its {@link Network.Listening} takes a connection. */
    record PortAccepts(Duration within) implements HealthCheck {}

    /**
     * Healthy when a line of its output has a match of this pattern.
     *
     * @param pattern a {@link Pattern}; tried on the first 4 KiB of each line
     */
    record LogLine(String pattern, Duration within) implements HealthCheck {
        public LogLine {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                throw new WorkloadException.InvalidSpec("not a pattern: " + Quote.of(pattern));
            }
        }
    }

    private static void checkPath(String path) {
        boolean normal = path.startsWith("/") && !path.contains("\0") && !(path + "/").matches(".*/(\\.{0,2})/.*");
        if (!normal) {
            throw new WorkloadException.InvalidSpec(
                    "a health check's path must be absolute and normal: " + Quote.of(path));
        }
    }
}
