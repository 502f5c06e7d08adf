package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.router.RouterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A private cloud whose key is a passphrase, at the command line. */
class PassphraseIT {
    private static final String RIGHT = "correct horse battery staple";

    @TempDir
    Path directory;

    private Path phrase(String name, String text, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private CroftTest.Run croft(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--home");
        all.add(directory.resolve("h").toString());
        return CroftTest.croft(all.toArray(String[]::new));
    }

    @Test
    void aPassphraseMakesTheKeyAndAWrongOneIsRefused() throws IOException {
        Path right = phrase("right", RIGHT + "\nsecond line\n", "rw-------");
        Path wrong = phrase("wrong", "correct horse battery stable\n", "rw-------");
        Path open = phrase("open", RIGHT + "\n", "rw-r--r--");
        Path tooShort = phrase("short", "short\n", "rw-------");
        Path empty = phrase("empty", "\n", "rw-------");
        Path noText = directory.resolve("noText");
        Files.write(noText, new byte[] {(byte) 0xff, (byte) 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        Files.setPosixFilePermissions(noText, PosixFilePermissions.fromString("rw-------"));
        Home home = new Home(directory.resolve("h"));
        RouterConfig config =
                RouterConfig.embedded(home.router()).withListen("127.0.0.1", 0).withServicesDirectory(home.services());
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {})) {
            assertThat(server.url().getPort()).isPositive();
            for (Path bad : List.of(open, tooShort, empty, noText, directory, directory.resolve("absent"))) {
                CroftTest.Run refused =
                        croft("cloud", "create", "ana", "--no-key-file", "--passphrase-file", bad.toString());
                assertThat(refused.status()).as("%s: %s", bad, refused.err()).isEqualTo(ExitStatus.INPUT.code());
            }
            assertThat(croft("cloud", "create", "ana", "--no-key-file").status())
                    .isEqualTo(ExitStatus.USAGE.code());
            CroftTest.Run made =
                    croft("cloud", "create", "ana", "--no-key-file", "--passphrase-file", right.toString(), "--json");
            assertThat(made.status()).as(made.err()).isZero();
            try (Stream<Path> keys = Files.list(home.keys())) {
                assertThat(keys).as("no key file").isEmpty();
            }

            CroftTest.Run budget = croft("budget", "show", "--as", "ana", "--passphrase-file", right.toString());
            assertThat(budget.status()).as(budget.err()).isZero();
            assertThat(croft("cloud", "lock", "--as", "ana", "--passphrase-file", right.toString())
                            .status())
                    .isZero();
            CroftTest.Run refused = croft("cloud", "unlock", "--as", "ana", "--passphrase-file", wrong.toString());
            assertThat(refused.status()).isEqualTo(ExitStatus.REFUSED.code());
            assertThat(refused.err()).contains("key-refused").doesNotContain("horse");
            assertThat(croft("cloud", "unlock", "--as", "ana", "--passphrase-file", right.toString())
                            .out())
                    .contains("is awake");

            assertThat(croft("cloud", "verify", "--as", "ana").status()).isEqualTo(ExitStatus.USAGE.code());
            assertThat(croft("cloud", "verify", "--passphrase-file", right.toString())
                            .status())
                    .isEqualTo(ExitStatus.USAGE.code());
            CroftTest.Run terminal = croft("cloud", "verify", "--as", "ana", "--passphrase");
            assertThat(terminal.status()).isEqualTo(ExitStatus.INPUT.code());
            assertThat(terminal.err()).contains("terminal");

            // A key file sealed by a passphrase goes on as before, for scripts too.
            assertThat(croft("cloud", "create", "ben", "--passphrase-file", right.toString())
                            .status())
                    .isZero();
            Path key = home.keys().resolve("ben.key");
            assertThat(Files.readString(key)).contains("argon2id");
            assertThat(croft("budget", "show", "--key", key.toString(), "--passphrase-file", wrong.toString())
                            .status())
                    .isEqualTo(ExitStatus.INPUT.code());
            assertThat(croft("budget", "show", "--key", key.toString(), "--passphrase-file", right.toString())
                            .status())
                    .isZero();
        }
    }
}
