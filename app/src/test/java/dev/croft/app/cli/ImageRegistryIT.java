package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.Main;
import dev.croft.app.cli.CroftTest.Run;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.image.ImageBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** {@code croft image push} and {@code fetch} at a real registry: Debian's, over TLS and with a password. */
class ImageRegistryIT {
    private static final int LARGE = 6 << 20;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static TestRegistry registry;

    private Path archive;
    private ImageArchive image;
    private String repository;

    @BeforeAll
    static void start() throws IOException {
        registry = TestRegistry.start(shared.resolve("registry"));
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    /** An image of two layers, which no other test has. */
    @BeforeEach
    void image(TestInfo test) throws IOException {
        repository = "croft/thing-" + Integer.toHexString(test.getDisplayName().hashCode());
        archive = image("image.tar", test.getDisplayName().hashCode());
        image = ImageArchive.read(archive);
    }

    private Path image(String name, long seed) throws IOException {
        byte[] large = new byte[LARGE];
        new Random(seed).nextBytes(large);
        Path small = Files.writeString(folder.resolve("small"), "small " + seed);
        Path other = Files.write(folder.resolve("large"), large);
        Path written = folder.resolve(name);
        new ImageBuilder(repository, "amd64")
                .layer("small", Map.of("/small", small))
                .layer("large", Map.of("/large", other))
                .command(List.of("/small"))
                .write(written);
        return written;
    }

    private static Run croft(List<String> words, String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return CroftTest.croft(all.toArray(String[]::new));
    }

    private List<String> push(Path from, String to) {
        return List.of(
                "image",
                "push",
                "--from",
                from.toString(),
                "--to",
                to,
                "--ca",
                registry.authority().toString(),
                "--credentials",
                registry.credentials().toString());
    }

    private List<String> fetch(String from, Path to) {
        return List.of(
                "image",
                "fetch",
                from,
                "--out",
                to.toString(),
                "--ca",
                registry.authority().toString(),
                "--credentials",
                registry.credentials().toString());
    }

    private String there() {
        return registry.address + "/" + repository;
    }

    private static JsonNode ok(Run run) throws IOException {
        assertThat(run.status()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    private static void fails(Run run, ExitStatus status, String said) {
        assertThat(run.status()).as(run.err()).isEqualTo(status.code());
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(said);
    }

    @Test
    void anImageIsThereAsItWasAndIsSentOnce() throws Exception {
        JsonNode first = ok(croft(push(archive, there() + ":1.0"), "--json")).path(0);
        assertThat(first.path("image").asText()).isEqualTo(there() + "@" + image.manifest());
        assertThat(first.path("manifest").asText()).isEqualTo(image.manifest().toString());
        assertThat(first.path("digest").asText()).isEqualTo(image.id().toString());
        assertThat(first.path("sent")).hasSize(3);
        assertThat(first.path("bytes").asLong()).isGreaterThan(LARGE);

        long uploads = registry.answered("PATCH", repository, 202);
        JsonNode again = ok(croft(push(archive, there() + ":1.0"), "--json")).path(0);
        assertThat(again.path("sent")).isEmpty();
        assertThat(again.path("changed").asBoolean()).isFalse();
        assertThat(registry.answered("PATCH", repository, 202)).isEqualTo(uploads);
        Run told = croft(push(archive, there() + ":1.0"));
        assertThat(told.out()).isEqualTo(there() + "@" + image.manifest() + "\n  nothing sent: it is there\n");

        Path back = folder.resolve("back.tar");
        ok(croft(fetch(there() + "@" + image.manifest(), back), "--json"));
        assertThat(back).hasSameBinaryContentAs(archive);
        assertThat(folder.resolve("back.tar.part")).doesNotExist();
        assertThat(registry.blob(image.manifest().toString())).exists();
    }

    @Test
    void aTagIsNotMovedByAccident() throws Exception {
        ok(croft(push(archive, there() + ":1.0"), "--json"));
        Path other = image("other.tar", 7);
        fails(croft(push(other, there() + ":1.0")), ExitStatus.REFUSED, "--replace");
        JsonNode moved =
                ok(croft(push(other, there() + ":1.0"), "--replace", "--json")).path(0);
        assertThat(moved.path("manifest").asText())
                .isEqualTo(ImageArchive.read(other).manifest().toString());
        // Without a tag it can be had by its digest all the same, and so can the one that lost its tag.
        Path third = image("third.tar", 8);
        ok(croft(push(third, there()), "--json"));
        for (Path each : List.of(archive, third)) {
            Path back = folder.resolve("back.tar");
            ok(croft(fetch(there() + "@" + ImageArchive.read(each).manifest(), back), "--json"));
            assertThat(back).hasSameBinaryContentAs(each);
        }
    }

    @Test
    void aPushThatWasKilledGoesOnWhereItWas() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        try (CutLine line = new CutLine(registry.address, LARGE / 2, CutLine.End.STILL)) {
            command.addAll(push(archive, line.address() + "/" + repository + ":1.0"));
            Process killed = new ProcessBuilder(command).inheritIO().start();
            line.awaitEnd();
            killed.destroyForcibly();
            assertThat(killed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        // Configuration and first layer were there whole; nobody sees an image.
        assertThat(registry.answered("PUT", repository, 201)).isEqualTo(2);
        fails(
                croft(fetch(there() + "@" + image.manifest(), folder.resolve("early.tar"))),
                ExitStatus.NOT_FOUND,
                "has no image");
        JsonNode rest = ok(croft(push(archive, there() + ":1.0"), "--json")).path(0);
        assertThat(rest.path("sent")).hasSize(1);
        assertThat(rest.path("sent").path(0).asText())
                .isEqualTo(image.layers().getLast().digest().toString());
    }

    @Test
    void aLineThatIsCutIsTakenUpAgain() throws Exception {
        try (CutLine line = new CutLine(registry.address, LARGE / 2, CutLine.End.CUT)) {
            ok(croft(push(archive, line.address() + "/" + repository + ":1.0"), "--json"));
            assertThat(line.isCut()).isTrue();
        }
        Path back = folder.resolve("back.tar");
        try (CutLine line = new CutLine(registry.address, LARGE / 2, CutLine.End.CUT)) {
            ok(croft(fetch(line.address() + "/" + repository + "@" + image.manifest(), back), "--json"));
            assertThat(line.isCut()).isTrue();
        }
        assertThat(back).hasSameBinaryContentAs(archive);
        assertThat(registry.answered("GET", repository, 206)).isPositive();
    }

    @Test
    void whatWasFetchedBeforeIsNotFetchedAgainUnlessSomebodyElseLeftIt() throws Exception {
        ok(croft(push(archive, there() + ":1.0"), "--json"));
        String digest = there() + "@" + image.manifest();
        Path back = folder.resolve("back.tar");
        Path part = Files.createDirectory(folder.resolve("back.tar.part"));
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxrwxrwx"));
        fails(croft(fetch(digest, back)), ExitStatus.INPUT, "exists already");
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
        for (ImageArchive.Layer layer : image.layers()) {
            Files.copy(
                    registry.blob(layer.digest().toString()),
                    part.resolve(layer.digest().hex()));
        }
        // Half a layer, and one of the right length that is wrong: that is fetched anew.
        Path large = part.resolve(image.layers().getLast().digest().hex());
        Files.write(large, Arrays.copyOf(Files.readAllBytes(large), LARGE / 2));
        Path small = part.resolve(image.layers().getFirst().digest().hex());
        Files.write(small, new byte[(int) Files.size(small)]);
        ok(croft(fetch(digest, back), "--json"));
        assertThat(back).hasSameBinaryContentAs(archive);
        assertThat(registry.answered("GET", repository, 206)).isEqualTo(1);
        assertThat(part).doesNotExist();
    }

    @Test
    void whoIsNotTrustedGetsNothing() throws Exception {
        ok(croft(push(archive, there() + ":1.0"), "--json"));
        String digest = there() + "@" + image.manifest();
        Path out = folder.resolve("out.tar");
        String authority = registry.authority().toString();
        List<String> bare = List.of("image", "fetch", digest, "--out", out.toString());

        Path wrong = TestRegistry.write(folder.resolve("wrong"), TestRegistry.USER + ":guessed\n");
        fails(croft(bare, "--ca", authority, "--credentials", wrong.toString()), ExitStatus.REFUSED, "password");
        fails(croft(bare, "--ca", authority), ExitStatus.REFUSED, "wants a user");
        List<String> right = List.of("--credentials", registry.credentials().toString());
        List<String> unknown = new ArrayList<>(bare);
        unknown.addAll(right);
        fails(croft(unknown), ExitStatus.UNVERIFIED, "not trusted");
        Path other = folder.resolve("other");
        CertificateAuthority.open(other, Clock.systemUTC());
        fails(croft(unknown, "--ca", other.resolve("ca.pem").toString()), ExitStatus.UNVERIFIED, "not trusted");
        fails(croft(unknown, "--ca", wrong.toString()), ExitStatus.INPUT, "no certificates");
        fails(
                croft(
                        List.of("image", "fetch", digest.replace("127.0.0.1", "localhost"), "--out", out.toString()),
                        "--ca",
                        authority,
                        "--credentials",
                        registry.credentials().toString()),
                ExitStatus.UNVERIFIED,
                "not trusted");
        assertThat(out).doesNotExist();

        Path open = Files.copy(registry.credentials(), folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        fails(croft(bare, "--ca", authority, "--credentials", open.toString()), ExitStatus.INPUT, "chmod 600");
        Path config = TestRegistry.write(folder.resolve("config.json"), registry.config());
        ok(croft(bare, "--ca", authority, "--credentials", config.toString(), "--json"));
        assertThat(out).hasSameBinaryContentAs(archive);
    }

    @Test
    void whatWasChangedInTheRegistryIsNotTaken() throws Exception {
        ok(croft(push(archive, there() + ":1.0"), "--json"));
        String digest = there() + "@" + image.manifest();
        Path out = folder.resolve("out.tar");
        fails(
                croft(fetch(there() + "@sha256:" + "0".repeat(64), out)),
                ExitStatus.NOT_FOUND,
                "has no image " + repository);

        Path layer = registry.blob(image.layers().getLast().digest().toString());
        byte[] bytes = Files.readAllBytes(layer);
        bytes[LARGE / 2] ^= 1;
        Files.write(layer, bytes);
        fails(croft(fetch(digest, out)), ExitStatus.UNVERIFIED, "sends sha256:");
        Files.write(layer, new byte[bytes.length + 1]);
        fails(croft(fetch(digest, out)), ExitStatus.UNAVAILABLE, "more than it should");
        assertThat(out).doesNotExist();
        bytes[LARGE / 2] ^= 1;
        Files.write(layer, bytes);
        ok(croft(fetch(digest, out), "--json"));

        // Another image's manifest in the place of this one.
        Path other = image("other.tar", 9);
        ok(croft(push(other, there()), "--json"));
        Files.copy(
                registry.blob(ImageArchive.read(other).manifest().toString()),
                registry.blob(image.manifest().toString()),
                StandardCopyOption.REPLACE_EXISTING);
        Files.delete(out);
        Run run = croft(fetch(digest, out));
        assertThat(run.status()).as(run.err()).isNotZero();
        assertThat(out).doesNotExist();
    }
}
