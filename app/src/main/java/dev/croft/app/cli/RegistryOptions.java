package dev.croft.app.cli;

import dev.croft.router.RouterException;
import dev.croft.router.tls.Tls;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.registry.Credentials;
import dev.croft.runtime.registry.Registry;
import dev.croft.runtime.registry.RegistryName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a registry is reached: over TLS, with a password from a file. */
final class RegistryOptions {
    @Option(
            names = "--credentials",
            paramLabel = "FILE",
            description =
                    "User and password, in a file that only you may read: a line USER:PASSWORD, or Docker's config.json"
                            + " (default: what docker login left in ~/.docker/config.json, if anything).")
    @Nullable
    Path credentials;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Trust the authorities in this PEM file, and no others (default: those that Java knows).")
    @Nullable
    Path authority;

    @Option(
            names = "--token-host",
            paramLabel = "HOST",
            description = "Another host that may get user and password, where the registry's tokens come from.")
    List<String> tokenHosts = List.of();

    Registry registry(RegistryName name) throws IOException {
        Set<String> hosts =
                tokenHosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        if (!hosts.stream().allMatch(host -> host.matches("[a-z0-9.-]{1,253}|\\[[0-9a-f:]{2,45}]"))) {
            throw new CommandException(ExitStatus.USAGE, "--token-host is a host's name, without a port");
        }
        return new Registry(found(name), hosts, trusted());
    }

    private Optional<Credentials> found(RegistryName name) throws IOException {
        if (credentials != null) {
            return Credentials.read(credentials, name.registry());
        }
        Path file = Path.of(System.getProperty("user.home"), ".docker", "config.json");
        return Files.isRegularFile(file) ? Credentials.read(file, name.registry()) : Optional.empty();
    }

    private @Nullable SSLContext trusted() {
        if (authority == null) {
            return null;
        }
        try {
            return Tls.trusting(authority);
        } catch (RouterException e) {
            throw new CommandException(ExitStatus.INPUT, authority + " holds no certificates of authorities", e);
        }
    }

    /** What somebody typed, as the name of an image in a registry. */
    static RegistryName name(String typed) {
        try {
            return RegistryName.parse(typed);
        } catch (WorkloadException.InvalidSpec e) {
            throw new CommandException(ExitStatus.USAGE, typed + " is " + e.getMessage(), e);
        }
    }
}
