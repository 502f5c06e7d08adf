package dev.croft.app.cli;

import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.router.RouterConfig;
import java.nio.file.Path;

/** Servers within the test's process, with hosts and services as processes. */
final class TestServers {
    private TestServers() {}

    /** One with that home. */
    static LocalServer up(Path folder) {
        Home home = new Home(folder);
        return LocalServer.start(
                home,
                RouterConfig.embedded(home.router())
                        .withServicesDirectory(home.services())
                        .withListen("127.0.0.1", 0),
                Backend.PROCESS,
                false,
                _ -> {});
    }
}
