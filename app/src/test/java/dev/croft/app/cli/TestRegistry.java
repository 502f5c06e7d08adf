package dev.croft.app.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.password4j.BcryptFunction;
import com.password4j.Password;
import com.password4j.types.Bcrypt;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Debian's {@code docker-registry} on a loopback port, over TLS of a test's own authority, for one user; its files are in a folder. */
final class TestRegistry implements AutoCloseable {
    static final String USER = "publisher";

    private static final Pattern ADDRESS = Pattern.compile("listening on (127\\.0\\.0\\.1:[0-9]+), tls");

    private final Process process;
    private final Path folder;
    private final Path log;

    /** Where it answers. */
    final String address;

    private TestRegistry(Process process, Path folder, Path log, String address) {
        this.process = process;
        this.folder = folder;
        this.log = log;
        this.address = address;
    }

    /** The program, if this machine has it. */
    static Optional<Path> program() {
        return Stream.of("docker-registry", "registry")
                .flatMap(name -> Stream.of("/usr/bin", "/usr/local/bin").map(place -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one in this new folder; a test that calls this is skipped where there is no registry to start. */
    static TestRegistry start(Path folder) throws IOException {
        Optional<Path> program = program();
        assumeTrue(program.isPresent(), "no registry here: Debian's package docker-registry has one");
        Files.createDirectories(folder);
        String password = Long.toHexString(System.nanoTime());
        CertificateAuthority authority = CertificateAuthority.open(folder.resolve("ca"), Clock.systemUTC());
        authority
                .issue("registry", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1"))
                .write(folder.resolve("tls"));
        Files.writeString(
                folder.resolve("htpasswd"),
                USER + ":"
                        + Password.hash(password)
                                .with(BcryptFunction.getInstance(Bcrypt.B, 4))
                                .getResult() + "\n");
        write(folder.resolve("credentials"), USER + ":" + password + "\n");
        Files.writeString(
                folder.resolve("config.yml"), """
                version: 0.1
                log: {level: info, accesslog: {disabled: false}}
                storage: {filesystem: {rootdirectory: "%1$s/data"}}
                auth: {htpasswd: {realm: test, path: "%1$s/htpasswd"}}
                http:
                  addr: "127.0.0.1:0"
                  tls: {certificate: "%1$s/tls/%2$s", key: "%1$s/tls/%3$s"}
                """.formatted(folder, Identity.CERTIFICATE_FILE, Identity.KEY_FILE));
        Path log = folder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        program.get().toString(),
                        "serve",
                        folder.resolve("config.yml").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("OTEL_TRACES_EXPORTER", "none");
        Process process = builder.start();
        try {
            String address = Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .until(
                            () -> {
                                if (!process.isAlive()) {
                                    throw new IOException("the registry ended: " + Files.readString(log));
                                }
                                Matcher said = ADDRESS.matcher(Files.readString(log));
                                return said.find() ? said.group(1) : "";
                            },
                            found -> !found.isEmpty());
            return new TestRegistry(process, folder, log, address);
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** A file that only its owner may read. */
    static Path write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** The authority's certificate. */
    Path authority() {
        return folder.resolve("ca").resolve(CertificateAuthority.TRUST_FILE);
    }

    /** A file with user and password. */
    Path credentials() {
        return folder.resolve("credentials");
    }

    /** What {@code docker login} would write, and a pull secret has. */
    String config() throws IOException {
        String line = Files.readString(credentials()).strip();
        return "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}"
                .formatted(address, Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8)));
    }

    /** The file of a blob. */
    Path blob(String digest) {
        String hex = digest.substring("sha256:".length());
        return folder.resolve("data/docker/registry/v2/blobs/sha256")
                .resolve(hex.substring(0, 2))
                .resolve(hex)
                .resolve("data");
    }

    /** How many requests of this method for this repository it answered so. */
    long answered(String method, String repository, int status) throws IOException {
        Pattern line = Pattern.compile(
                "\"" + method + " /v2/" + Pattern.quote(repository) + "/[^\"]* HTTP/1\\.1\" " + status + " ");
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(each -> line.matcher(each).find()).count();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
