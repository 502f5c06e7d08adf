package dev.croft.app.cli;

import dev.croft.app.server.Home;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which installation a command is about. */
class HomeOption {
    @Option(
            names = "--home",
            paramLabel = "DIR",
            description = "The installation's folder (default: CROFT_HOME, else ~/.croft).")
    @Nullable
    Path homeOption;

    Home home() {
        if (homeOption != null) {
            return new Home(homeOption);
        }
        String set = System.getenv("CROFT_HOME");
        return new Home(
                set == null || set.isEmpty() ? Path.of(System.getProperty("user.home"), ".croft") : Path.of(set));
    }
}
