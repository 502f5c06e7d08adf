package dev.croft.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.router.RouterException;
import dev.croft.router.registry.Member;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.router.tls.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One router among several knows which of them it talks to. */
class ForwarderTest {

    @TempDir
    Path directory;

    private final Map<String, String> recorded = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private CertificateAuthority first;
    private CertificateAuthority second;
    private CertificateAuthority third;
    private final List<HttpsServer> servers = new ArrayList<>();
    private Forwarder forwarder;

    @BeforeEach
    void begin() throws IOException {
        // The root is so old that its next one may issue now.
        first = CertificateAuthority.open(
                directory.resolve("ca"), Clock.offset(Clock.systemUTC(), Duration.ofDays(-40)));
        first.renew(first.certificate().getSerialNumber().toString(16));
        first = CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC());
        second = joined("second");
        third = joined("third");
        first.ensure(directory.resolve("client"), "client", CertificateAuthority.Purpose.CLIENT, List.of());
        forwarder = new Forwarder(
                directory.resolve("client"),
                directory.resolve("ca/ca.pem"),
                directory.resolve("client/revoked"),
                name -> recorded.getOrDefault(name, ""));
    }

    @AfterEach
    void end() {
        forwarder.close();
        servers.forEach(server -> server.stop(0));
    }

    private CertificateAuthority joined(String name) {
        KeyPair key = JoinedAuthority.newKey();
        JoinedAuthority.keep(
                directory.resolve("ca-" + name),
                key.getPrivate(),
                first.admit(name, key.getPublic()),
                first.forClients());
        return CertificateAuthority.open(directory.resolve("ca-" + name), Clock.systemUTC());
    }

    private int serve(CertificateAuthority authority, String name) throws IOException {
        authority.ensure(
                directory.resolve("tls-" + name), name, CertificateAuthority.Purpose.SERVER, List.of("localhost"));
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        servers.add(server);
        server.setHttpsConfigurator(new HttpsConfigurator(Tls.contextTrusting(
                directory.resolve("tls-" + name),
                directory.resolve("ca/ca.pem"),
                directory.resolve("tls-" + name).resolve("revoked"))));
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            byte[] answer = "it is".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server.getAddress().getPort();
    }

    private static Member member(String name, int port, String authority) {
        return new Member(name, "i", "https://localhost:" + port, authority, "process", 1, false, 1, Instant.now());
    }

    private String ask(Member to) {
        return new String(forwarder.ask("GET", to, "/which"), StandardCharsets.US_ASCII);
    }

    @Test
    void aRouterOfTheInstallationAtAnothersAddressGetsNothingOfARequest() throws Exception {
        int port = serve(third, "third");
        String authority = JoinedAuthority.fingerprint(third.certificate());
        recorded.put("second", JoinedAuthority.fingerprint(second.certificate()));
        recorded.put("third", authority);
        assertThatThrownBy(() -> ask(member("second", port, recorded.get("second"))))
                .isInstanceOf(RouterException.Unavailable.class)
                .hasStackTraceContaining("not of the one to be talked to");
        assertThatThrownBy(() -> ask(member("removed", port, ""))).isInstanceOf(RouterException.Unavailable.class);
        assertThat(asked).as("requests that came").hasValue(0);

        // Its own name it may have; another's not, though there is a connection to it now.
        assertThat(ask(member("third", port, authority))).isEqualTo("it is");
        assertThatThrownBy(() -> ask(member("second", port, recorded.get("second"))))
                .isInstanceOf(RouterException.Unavailable.class);
        assertThat(asked).hasValue(1);
    }

    @Test
    void aRouterThatIsRecordedWithAnotherAuthorityIsKnownByThatOneFromThenOn() throws Exception {
        String before = JoinedAuthority.fingerprint(first.certificate());
        // What was made 40 days ago issues from now on.
        first.rotate();
        String now = JoinedAuthority.fingerprint(first.certificate());
        assertThat(now).isNotEqualTo(before);
        int port = serve(first, "main");
        recorded.put("main", before);
        assertThatThrownBy(() -> ask(member("main", port, before))).isInstanceOf(RouterException.Unavailable.class);
        recorded.put("main", now);
        assertThat(ask(member("main", port, before)))
                .as("who asks saw it last before it was renewed")
                .isEqualTo("it is");
        assertThat(ask(member("main", port, now))).isEqualTo("it is");
        // It is another's name now: what is connected already is not used either.
        recorded.put("main", JoinedAuthority.fingerprint(second.certificate()));
        assertThatThrownBy(() -> ask(member("main", port, recorded.get("main"))))
                .isInstanceOf(RouterException.Unavailable.class);
        assertThat(asked).hasValue(2);
    }

    @Test
    void ofARouterThatWasRemovedNoConnectionIsKept() throws Exception {
        int port = serve(third, "third");
        String authority = JoinedAuthority.fingerprint(third.certificate());
        recorded.put("third", authority);
        Member member = member("third", port, authority);
        assertThat(ask(member)).isEqualTo("it is");
        HttpClient http = forwarder.http(member);
        forwarder.keep(List.of(member));
        assertThat(forwarder.http(member)).as("it is there still").isSameAs(http);
        // In the registry it stays, without an installation.
        Member removed = new Member("third", "", member.url(), authority, "process", 1, false, 1, Instant.EPOCH);
        forwarder.keep(List.of(removed));
        await().atMost(Duration.ofSeconds(60)).until(http::isTerminated);
        forwarder.http(member);
        HttpClient again = forwarder.http(member);
        assertThat(again).isNotSameAs(http);
        forwarder.keep(List.of());
        await().atMost(Duration.ofSeconds(60)).until(again::isTerminated);
    }

    @Test
    void ofABodyWithoutALengthThereIsSoMuchAndNoMore() throws Exception {
        BoundedBody fits = new BoundedBody(new ByteArrayInputStream(new byte[100]), 100);
        assertThat(fits.readAllBytes()).hasSize(100);
        assertThat(fits.isExceeded()).isFalse();
        BoundedBody longer = new BoundedBody(new ByteArrayInputStream(new byte[101]), 100);
        assertThatThrownBy(longer::readAllBytes).isInstanceOf(IOException.class);
        assertThat(longer.isExceeded()).isTrue();
        BoundedBody none = new BoundedBody(new ByteArrayInputStream(new byte[1]), 0);
        assertThatThrownBy(none::read).isInstanceOfAny(IOException.class, UncheckedIOException.class);
    }
}
