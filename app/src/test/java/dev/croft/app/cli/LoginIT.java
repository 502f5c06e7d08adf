package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.oidc.OidcConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logging in from the command line, tokens, the operator's acts, and who published a service. */
class LoginIT {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    static Path shared;

    private static @Nullable HttpServer provider;
    private static @Nullable LocalServer server;
    private static String issuer = "";

    /** A provider whose every device login is approved, by ida of the group residents. */
    @BeforeAll
    static void start() throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).keyID("k").generate();
        HttpServer web = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        provider = web;
        issuer = "http://127.0.0.1:" + web.getAddress().getPort();
        answers("/.well-known/openid-configuration", () -> """
                {"issuer": "I", "jwks_uri": "I/keys", "token_endpoint": "I/token", "device_authorization_endpoint": "I/device"}
                """.replace("\"I", "\"" + issuer));
        answers("/keys", () -> new JWKSet(key).toString(true));
        answers("/device", () -> """
                {"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": "I/go", "expires_in": 60, "interval": 1}
                """.replace("\"I", "\"" + issuer));
        answers("/token", () -> {
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                    new JWTClaimsSet.Builder()
                            .issuer(issuer)
                            .subject("4711")
                            .audience("croft")
                            .issueTime(new Date())
                            .expirationTime(new Date(System.currentTimeMillis() + 60_000))
                            .claim("preferred_username", "ida")
                            .claim("groups", List.of("residents"))
                            .build());
            token.sign(new RSASSASigner(key));
            return "{\"id_token\": \"" + token.serialize() + "\"}";
        });
        web.start();
        Path description = Files.writeString(
                shared.resolve("provider.json"),
                "{\"issuer\": \"" + issuer + "\", \"clientId\": \"croft\", \"roles\": {\"residents\": \"owner\"}}");
        Home home = new Home(shared.resolve("home"));
        server = LocalServer.start(
                home,
                RouterConfig.embedded(home.router())
                        .withServicesDirectory(home.services())
                        .withListen("127.0.0.1", 0)
                        .withOidc(OidcConfig.read(description)),
                Backend.PROCESS,
                false,
                _ -> {});
        try (RouterClient operator = server.operator()) {
            operator.createAccount("ana", Role.OWNER, PASSWORD);
        }
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        if (provider != null) {
            provider.stop(0);
        }
    }

    private interface Body {
        String text() throws Exception;
    }

    private static void answers(String path, Body body) {
        if (provider == null) {
            throw new IllegalStateException();
        }
        provider.createContext(path, exchange -> {
            try {
                byte[] bytes = body.text().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } catch (Exception e) {
                exchange.sendResponseHeaders(500, -1);
            } finally {
                exchange.close();
            }
        });
    }

    private static String croft(ExitStatus expected, String line) {
        String home = line.startsWith("service key") ? "" : " --home " + shared.resolve("home");
        String[] arguments = (line + home).replace("DIR", shared.toString()).split(" ");
        StringWriter out = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(out), arguments);
        assertThat(status).as(line + ": " + out).isEqualTo(expected.code());
        assertThat(out.toString()).doesNotContain(PASSWORD).doesNotContain("croft_");
        return out.toString();
    }

    @Test
    void byDeviceAndByPassword() throws Exception {
        assertThat(croft(ExitStatus.OK, "login --issuer " + issuer))
                .contains("open " + issuer + "/go and enter ABCD-EFGH")
                .contains("ida, until ");
        Path token = shared.resolve("home/tokens/ida");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                .isEqualTo("rw-------");
        croft(ExitStatus.OK, "cloud list --as ida");
        assertThat(croft(ExitStatus.REFUSED, "login --issuer https://other.example"))
                .contains(issuer);

        Files.writeString(shared.resolve("password"), PASSWORD + "\n");
        Files.writeString(shared.resolve("wrong"), "something else\n");
        croft(ExitStatus.REFUSED, "login ana --password-file DIR/wrong");
        croft(ExitStatus.OK, "login ana --password-file DIR/password");
        croft(ExitStatus.USAGE, "login --password-file DIR/password");

        String made = croft(ExitStatus.OK, "account token create ana --scope account --out DIR/narrow.token");
        String id = made.substring(0, 16);
        croft(ExitStatus.REFUSED, "cloud list --as ana --token-file DIR/narrow.token");
        assertThat(croft(ExitStatus.OK, "account token list ana")).contains(id);
        croft(ExitStatus.OK, "account token revoke ana " + id);
        croft(ExitStatus.REFUSED, "account token list ana --token-file DIR/narrow.token");
        croft(ExitStatus.USAGE, "account token create ana --out DIR/all.token");

        // A token that others may read is refused rather than used.
        Path kept = shared.resolve("home/tokens/ana");
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(croft(ExitStatus.INPUT, "account token list ana")).contains("chmod 600");
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-------"));

        assertThat(croft(ExitStatus.OK, "audit operator --as ana"))
                .contains("POST /accounts", "POST /login", "unauthenticated")
                .doesNotContain("ida");

        Path copy = Files.copy(kept, shared.resolve("copy.token"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(croft(ExitStatus.OK, "logout ana")).contains("the token is ended");
        assertThat(kept).doesNotExist();
        croft(ExitStatus.REFUSED, "account token list ana --token-file " + copy);
        assertThat(croft(ExitStatus.OK, "logout ana --token-file " + copy)).contains("ended before");
        assertThat(copy).doesNotExist();
        croft(ExitStatus.INPUT, "logout ana");
    }

    @Test
    void aServiceIsShownWithWhoSignedIt() throws Exception {
        croft(ExitStatus.OK, "service key DIR/mine.key");
        croft(ExitStatus.OK, "service key DIR/other.key");
        Path bundle = Files.createDirectories(shared.resolve("steps"));
        Files.writeString(bundle.resolve("run"), "#!/bin/sh\n");
        croft(
                ExitStatus.OK,
                "service publish steps DIR/steps run --publisher-key DIR/mine.key --reads locations --emits count");
        assertThat(croft(ExitStatus.OK, "service show steps --publisher DIR/mine.key.pub"))
                .contains(
                        "locations",
                        "count",
                        Files.readString(shared.resolve("mine.key.pub")).strip());
        assertThat(croft(ExitStatus.UNVERIFIED, "service show steps --publisher DIR/other.key.pub"))
                .contains("another publisher");
        assertThat(croft(ExitStatus.OK, "service show pipeline"))
                .contains("publisher")
                .doesNotContain("not signed");
        croft(ExitStatus.NOT_FOUND, "service show nothing");
    }
}
