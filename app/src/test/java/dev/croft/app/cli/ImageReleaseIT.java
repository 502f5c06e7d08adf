package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.Main;
import dev.croft.app.demo.Resident;
import dev.croft.app.server.Home;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The release's images by the commands of CONTRIBUTING.md, of the packaged jars and without a network where bubblewrap is: only the one of
 * hosts, which has a cache, or with {@code -Dcroft.release=all} the three; with {@code -Pdocker} a private cloud runs from it, which the engine
 * fetched from a registry where there is one.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ImageReleaseIT {
    private static final Path JAR = Path.of("target", "croft.jar").toAbsolutePath();

    @TempDir
    Path directory;

    private record Done(int status, String output) {}

    @Test
    void aReleaseIsCheckedWithoutANetworkAndWhatChangedIsFound() throws Exception {
        assumeTrue(Files.exists(JAR), "the jars are not packaged");
        boolean all = "all".equals(System.getProperty("croft.release"));
        List<String> release = new ArrayList<>(documented("release"));
        if (!all) release.add("host");
        Done packed = croft("home", Map.of(), release);
        assertThat(packed.status()).as(packed.output()).isZero();
        Path folder = directory.resolve("release");
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("croft-host.oci.tar", "digests", "SHA256SUMS")
                    .hasSize(all ? 5 : 3);
        }
        assertThat(run(folder, List.of("sha256sum", "--check", "--strict", "SHA256SUMS"))
                        .status())
                .isZero();
        Done checked = croft("home", Map.of(), documented("check"));
        assertThat(checked.status()).as(checked.output()).isZero();
        assertThat(checked.output()).isEqualTo(packed.output());

        // What is asked about later is what was released: it is built once and kept.
        JsonNode kept = digests("home", Map.of());
        assertThat(Files.readString(folder.resolve("digests")))
                .startsWith(String.join(
                        " ",
                        "croft-host.oci.tar",
                        "croft/croft",
                        kept.path("digest").asText(),
                        kept.path("manifest").asText(),
                        kept.path("reproducible").asText()));
        assertThat(kept.path("layers")).hasSize(4);
        assertThat(kept.path("layers").path(3).path("content").asText()).isEqualTo("AOT cache");

        // Another build, in another home: all but the cache is the same.
        JsonNode again = digests("other-home", Map.of("CROFT_AOT", "no"));
        assertThat(again.path("layers")).hasSize(3);
        assertThat(again.path("digest")).isEqualTo(kept.path("reproducible"));
        for (int i = 0; i < 3; i++) {
            assertThat(again.path("layers").path(i))
                    .isEqualTo(kept.path("layers").path(i));
        }

        if (Boolean.getBoolean("croft.docker")) {
            runsWhatWasReleased(
                    folder, kept.path("digest").asText(), kept.path("manifest").asText());
        }

        // Another digest in the list, with its checksum mended as who meddles would.
        String digests = Files.readString(folder.resolve("digests"));
        String other = digests.replace(kept.path("digest").asText(), "sha256:" + "0".repeat(64));
        Files.writeString(folder.resolve("digests"), other);
        assertThat(croft("home", Map.of(), documented("check")).status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        Files.writeString(
                folder.resolve("SHA256SUMS"),
                run(folder, List.of("sha256sum", "croft-host.oci.tar", "digests"))
                        .output());
        Done refused = croft("home", Map.of(), documented("check"));
        assertThat(refused.status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        assertThat(refused.output()).contains("lists");
    }

    /** Loaded or fetched, and named by its digest, it is what private clouds run from; none is made. */
    private void runsWhatWasReleased(Path release, String digest, String manifest) throws Exception {
        Path archive = release.resolve("croft-host.oci.tar");
        Done loaded =
                run(directory, command(List.of("image", "load", "--from", archive.toString(), "--expect", digest)));
        assertThat(loaded.status()).as(loaded.output()).isZero();
        Home home = new Home(directory.resolve("up"));
        List<String> up = new ArrayList<>(List.of(
                "up",
                "--backend",
                "docker",
                "--warm",
                "all=0",
                "--port",
                "0",
                "--home",
                home.root().toString()));
        Done another = run(directory, command(up, "--image", "sha256:" + "0".repeat(64)));
        assertThat(another.status()).isEqualTo(ExitStatus.UNVERIFIED.code());
        assertThat(another.output()).contains("has no image");
        Done renamed = run(directory, command(up, "--image", "croft/other@" + digest));
        assertThat(renamed.status()).isEqualTo(ExitStatus.UNVERIFIED.code());

        Path log = directory.resolve("up.log");
        String named =
                TestRegistry.program().isPresent() ? published(release, digest, manifest) : "croft/croft@" + digest;
        Process server = new ProcessBuilder(command(up, "--image", named))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                assertThat(server.isAlive()).as(Files.readString(log)).isTrue();
                return Files.exists(home.address())
                        && !Files.readString(home.address()).isBlank();
            });
            RouterClient operator = RouterClient.of(
                    URI.create(Files.readString(home.address()).strip()),
                    home.router().resolve("ca").resolve("ca.pem"),
                    Files.readString(home.router().resolve("operator.token")).strip());
            operator.createAccount("ana", Role.OWNER, null);
            RouterClient ana =
                    operator.as(operator.issueTokenFor("ana", "test", Role.OWNER.scopes(), Duration.ofHours(1))
                            .secret());
            try (Resident resident = Resident.settle(ana, home, "ana", PrivateCloud.Hosting.OWN_PROCESS)) {
                resident.cloud().insert("notes", List.of(new BsonDocument("n", new BsonInt32(1))));
                assertThat(resident.cloud().count("notes", new BsonDocument())).isOne();
                Done images = run(
                        directory,
                        List.of(
                                "docker",
                                "ps",
                                "--no-trunc",
                                "--filter",
                                "ancestor=" + digest,
                                "--format",
                                "{{.Command}}"));
                assertThat(images.output()).contains("HostMain");
            }
            assertThat(home.root().resolve("images")).doesNotExist();
        } finally {
            server.destroy();
            server.waitFor();
        }
    }

    /** The engine forgets the image and fetches it from a registry where the release was published; returns its name there. */
    private String published(Path release, String digest, String manifest) throws Exception {
        try (TestRegistry registry = TestRegistry.start(directory.resolve("registry"))) {
            Done pushed = run(
                    directory,
                    command(
                            List.of("image", "push", "--release", release.toString()),
                            "--to",
                            registry.address + "/croft:1.0",
                            "--ca",
                            registry.authority().toString(),
                            "--credentials",
                            registry.credentials().toString()));
            assertThat(pushed.status()).as(pushed.output()).isZero();
            String name = registry.address + "/croft/croft@" + manifest;
            assertThat(pushed.output()).startsWith(name + "\n");

            Path login = Files.createDirectory(directory.resolve("login"));
            TestRegistry.write(login.resolve("config.json"), registry.config());
            assertThat(run(directory, List.of("docker", "rmi", "--force", digest))
                            .status())
                    .isZero();
            Done pulled = run(directory, List.of("docker", "--config", login.toString(), "pull", name));
            assertThat(pulled.status()).as(pulled.output()).isZero();
            Done found = run(directory, List.of("docker", "inspect", "--format", "{{.Id}}", name));
            assertThat(found.output().strip()).isEqualTo(digest);
            return name;
        }
    }

    /** The arguments of {@code ./croft image …} in the section on releases. */
    private List<String> documented(String command) throws IOException {
        String text = Files.readString(Path.of("..", "CONTRIBUTING.md"));
        Matcher line = Pattern.compile("`\\./croft (image " + command + " [^`]*)`")
                .matcher(text.substring(text.indexOf("## Release")));
        assertThat(line.find()).isTrue();
        return List.of(line.group(1).split(" "));
    }

    private JsonNode digests(String home, Map<String, String> environment) throws Exception {
        Done done = croft(home, environment, List.of("image", "digest", "host", "--json"));
        assertThat(done.status()).as(done.output()).isZero();
        return new ObjectMapper().readTree(done.output()).path(0);
    }

    private Done croft(String home, Map<String, String> environment, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/bwrap"))) {
            command.addAll(List.of("bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent"));
        }
        command.add("env");
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(command(arguments));
        if (!arguments.contains("check")) {
            command.addAll(List.of("--home", directory.resolve(home).toString()));
        }
        return run(directory, command);
    }

    private static List<String> command(List<String> arguments, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                JAR + ":" + JAR.resolveSibling("lib") + "/*",
                Main.class.getName()));
        command.addAll(arguments);
        command.addAll(List.of(more));
        return command;
    }

    private static Done run(Path where, List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Done(process.waitFor(), output);
    }
}
