package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.app.demo.Resident;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.Bundle;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Services that ask for what they were not granted, launched as anyone launches them: refused, and in the owner's audit. Skipped where
 * there is no sandbox or no {@code curl} in it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceRefusalIT {
    /** Says for each request what the door answered. */
    private static final String ASK = """
            ask() { # name method path token
              code=$(curl -s -m 20 -o /tmp/answer -w '%{http_code}' --unix-socket /croft/door.sock -X "$2" \\
                -H "Authorization: Bearer $4" -H 'Content-Type: application/json' -d '{"filter":{}}' "http://door$3")
              echo "$1 $code $(grep -o 'problems/[a-z-]*' /tmp/answer)"
            }
            token=$(cat /croft/token)
            """;

    private final SigningKey unused = SigningKey.generate();
    private Home home;
    private LocalServer server;
    private RouterClient operator;
    private Owner ana;
    private Owner bob;
    private int services;

    private record Owner(RouterClient account, Resident resident, OwnerKey key) {
        String cloud() {
            return key.cloudId();
        }

        List<AuditEntry> audit() {
            return resident.cloud().audit(0, 1000).items();
        }
    }

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "no /usr/bin/curl");
        home = new Home(directory.resolve("h"));
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen("127.0.0.1", 0);
        server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
        assumeTrue(
                server.enforcement().isolated(),
                "no sandbox: " + server.enforcement().missing());
        operator = server.operator();
        ana = owner("ana");
        bob = owner("bob");
    }

    @AfterAll
    void stop() {
        if (operator != null) {
            ana.resident().close();
            bob.resident().close();
            operator.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private Owner owner(String name) {
        operator.createAccount(name, Role.OWNER, null);
        RouterClient account =
                operator.as(operator.issueTokenFor(name, "test", Role.OWNER.scopes(), Duration.ofHours(1))
                        .secret());
        Resident resident = Resident.settle(account, home, name, PrivateCloud.Hosting.SHARED);
        return new Owner(account, resident, OwnerKey.load(home.keys().resolve(name + ".key"), null));
    }

    private CatalogueEntry script(String text) throws IOException {
        String name = "script-" + services++;
        Path bundle = home.services().resolve(name);
        Files.createDirectories(bundle);
        Path file = Files.writeString(bundle.resolve("run.sh"), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return publish(name, "1");
    }

    private CatalogueEntry publish(String name, String version) {
        return operator.publish(
                name,
                version,
                Bundle.digest(home.services().resolve(name)).toString(),
                new ServiceDefinition(
                        "a test", name, null, List.of("/bin/bash", "/app/run.sh"), 1.0, 64L, 64, 120L, 1L, null));
    }

    /** Lets the service count {@code entries} and nothing else. */
    private static Grant grant(Owner owner, CatalogueEntry service, Duration lifetime) {
        Instant now = Instant.now();
        return new Grant(
                Grants.id(),
                owner.cloud(),
                new Holder.ServiceHolder(service.name(), service.digest()),
                Set.of("entries"),
                null,
                null,
                Set.of("count"),
                Epsilon.ZERO,
                now.minusSeconds(60),
                now.plus(lifetime),
                "a test");
    }

    private static String stored(Owner owner, CatalogueEntry service, Duration lifetime) {
        Grant grant = grant(owner, service, lifetime);
        owner.resident().cloud().storeGrant(GrantToken.sign(grant, owner.key().signingKey()));
        return grant.id();
    }

    private static Launch run(Owner owner, CatalogueEntry service, String grant) throws InterruptedException {
        Launch launch = owner.account().launch(owner.cloud(), service.name(), service.version(), grant, null);
        return owner.resident().await(launch, Duration.ofMinutes(2));
    }

    private static String log(Owner owner, Launch launch) throws IOException {
        try (var log = owner.account().logs(owner.cloud(), launch.id(), false)) {
            return new String(log.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void refused(Owner owner, Launch launch, ProblemCode code) {
        assertThat(launch.state()).isEqualTo(Launch.State.FAILED);
        assertThat(launch.reason()).startsWith(code.code());
        assertThat(owner.audit())
                .filteredOn(entry -> entry.operation().equals("door_open"))
                .extracting(AuditEntry::outcome)
                .contains(code.code());
    }

    @Test
    void withoutAGrantOrWithAnothersNothingStarts() throws Exception {
        CatalogueEntry service = script("exit 0\n");
        refused(ana, run(ana, service, "no-such-grant"), ProblemCode.GRANT_UNKNOWN);

        String bobs = stored(bob, service, Duration.ofHours(1));
        long before = ana.audit().size();
        refused(ana, run(ana, service, bobs), ProblemCode.GRANT_UNKNOWN);
        assertThat(ana.audit().size()).isGreaterThan((int) before);
        assertThatThrownBy(() -> ana.account().launch(bob.cloud(), service.name(), null, bobs, null))
                .isInstanceOf(RouterClient.Refused.class);
        ProblemException forged = Assertions.catchThrowableOfType(
                ProblemException.class,
                () -> ana.resident()
                        .cloud()
                        .storeGrant(GrantToken.sign(grant(bob, service, Duration.ofHours(1)), unused)));
        assertThat(forged.code()).isEqualTo(ProblemCode.INVALID_GRANT);
    }

    @Test
    void anExpiredGrantStartsNothing() throws Exception {
        CatalogueEntry service = script("exit 0\n");
        Grant grant = grant(ana, service, Duration.ofSeconds(2));
        ana.resident().cloud().storeGrant(GrantToken.sign(grant, ana.key().signingKey()));
        await().atMost(Duration.ofSeconds(90)).until(() -> Instant.now().isAfter(grant.expires()));
        refused(ana, run(ana, service, grant.id()), ProblemCode.GRANT_EXPIRED);
    }

    @Test
    void aGrantThatEndsOrIsRevokedEndsWhatTheDoorGives() throws Exception {
        CatalogueEntry service = script(ASK + """
                for i in $(seq 600); do
                  ask count POST /clouds/self/collections/entries/count "$token" >/tmp/line; cat /tmp/line
                  grep -q 403 /tmp/line && exit 0
                  sleep 0.1
                done
                exit 1
                """);
        String id = stored(ana, service, Duration.ofHours(1));
        Launch launch = ana.account().launch(ana.cloud(), service.name(), null, id, null);
        await().atMost(Duration.ofSeconds(60)).until(() -> log(ana, launch).contains("count 200"));
        ana.resident().cloud().revokeGrant(id);
        assertThat(ana.resident().await(launch, Duration.ofMinutes(2)).state()).isEqualTo(Launch.State.DONE);
        assertThat(log(ana, launch)).endsWith("count 403 problems/grant-revoked\n");
        assertThat(ana.audit())
                .filteredOn(entry -> entry.who().startsWith("door:" + launch.id()))
                .extracting(AuditEntry::outcome)
                .contains("ok", "grant-revoked");
    }

    @Test
    void aChangedServiceIsRefused() throws Exception {
        CatalogueEntry service = script("exit 0\n");
        String id = stored(ana, service, Duration.ofHours(1));
        assertThat(run(ana, service, id).state()).isEqualTo(Launch.State.DONE);

        Files.writeString(home.services().resolve(service.name()).resolve("run.sh"), "exit 0 # changed\n");
        Launch tampered = run(ana, service, id);
        assertThat(tampered.state()).isEqualTo(Launch.State.FAILED);
        assertThat(tampered.reason()).contains("digest");
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(ana.audit()).anySatisfy(entry -> {
                    assertThat(entry.operation()).isEqualTo("service_start");
                    assertThat(entry.object()).isEqualTo(tampered.id());
                    assertThat(entry.outcome()).isEqualTo("service-changed");
                }));

        refused(ana, run(ana, publish(service.name(), "2"), id), ProblemCode.SERVICE_CHANGED);
    }

    @Test
    void aHostileServiceReachesNothingButItsDoor() throws Exception {
        CatalogueEntry waiting = script("touch /croft/output/bobs; exec sleep 600\n");
        Launch bobs = bob.account()
                .launch(bob.cloud(), waiting.name(), null, stored(bob, waiting, Duration.ofHours(1)), null);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> bob.account().launch(bob.cloud(), bobs.id()).state() == Launch.State.RUNNING);
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> doorWith("bobs") != null);
        Path bobsDoor = doorWith("bobs");
        String bobsToken = Files.readString(bobsDoor.resolve("token"));
        Path hostPort;
        try (Stream<Path> files = Files.walk(home.router())) {
            hostPort = files.filter(file -> file.endsWith("port")).findFirst().orElseThrow();
        }
        AtomicInteger visitors = new AtomicInteger();
        try (ServerSocket loopback = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket everywhere = new ServerSocket(0)) {
            for (ServerSocket listening : List.of(loopback, everywhere)) {
                Thread.ofVirtual().start(() -> {
                    try (var _ = listening.accept()) {
                        visitors.incrementAndGet();
                    } catch (IOException closed) {
                        // nobody came
                    }
                });
            }
            String attack = ASK
                    + """
                    ask own POST /clouds/self/collections/entries/count "$token"
                    ask collection POST /clouds/self/collections/analysis/count "$token"
                    ask operation POST /clouds/self/collections/entries/find "$token"
                    ask owners GET /clouds/self/grants "$token"
                    ask host GET /status "$token"
                    ask other POST /clouds/%s/collections/entries/count "$token"
                    ask replayed POST /clouds/self/collections/entries/count "%s"
                    ask none POST /clouds/self/collections/entries/count ""
                    reach() { if "${@:2}" >/dev/null 2>&1; then echo "REACHED $1"; else echo "no $1"; fi; }
                    tcp() { (exec 3<>"/dev/tcp/$1/$2"); }
                    for host in 127.0.0.1 localhost %s; do
                      reach "router $host" tcp $host %d
                      reach "pm $host" tcp $host %s
                      reach "loopback $host" tcp $host %d
                      reach "everywhere $host" tcp $host %d
                      reach "https $host" curl -sk -m 5 https://$host:%d/
                    done
                    reach "other door" curl -s -m 5 --unix-socket %s/door.sock http://door/grant
                    reach "other token" cat %s/token
                    for file in %s %s %s /etc/shadow; do
                      reach "file $file" ls $file
                      reach "parent $file" sh -c "ls -A $file/* | grep -q ."
                    done
                    for place in /app /usr /etc /; do reach "write $place" touch $place/x; done
                    reach "processes" sh -c "cat /proc/[0-9]*/cmdline | tr '\\\\0' ' ' | grep -q 'dev[.]croft'"
                    reach "token change" sh -c 'echo x > /croft/token'
                    echo done
                    """.formatted(
                                    bob.cloud(),
                                    bobsToken,
                                    Outward.address().getHostAddress(),
                                    server.url().getPort(),
                                    Files.readString(hostPort).strip(),
                                    loopback.getLocalPort(),
                                    everywhere.getLocalPort(),
                                    server.url().getPort(),
                                    bobsDoor,
                                    bobsDoor,
                                    home.router(),
                                    home.keys(),
                                    home.router().resolve("doors"));
            CatalogueEntry hostile = script(attack);
            Launch launch = run(ana, hostile, stored(ana, hostile, Duration.ofHours(1)));
            String log = log(ana, launch);
            assertThat(launch.state()).as("%s: %s", launch.reason(), log).isEqualTo(Launch.State.DONE);
            assertThat(log.lines())
                    .as(log)
                    .endsWith("done")
                    .noneMatch(line -> line.startsWith("REACHED"))
                    .contains(
                            "own 200 ",
                            "collection 403 problems/grant-forbids",
                            "operation 403 problems/grant-forbids",
                            "owners 403 problems/grant-forbids",
                            "other 403 problems/grant-forbids",
                            "replayed 401 problems/unauthenticated",
                            "none 401 problems/unauthenticated",
                            "no router 127.0.0.1",
                            "no other door");
            assertThat(visitors).hasValue(0);
            List<AuditEntry> audited = ana.audit().stream()
                    .filter(entry -> entry.who().startsWith("door:" + launch.id()))
                    .toList();
            assertThat(audited).extracting(AuditEntry::outcome).contains("ok", "grant-forbids", "unauthenticated");
            assertThat(audited)
                    .filteredOn(entry -> entry.outcome().equals("grant-forbids"))
                    .as("every one")
                    .hasSize(4);
            assertThat(audited)
                    .filteredOn(entry -> entry.outcome().equals("unauthenticated"))
                    .hasSize(2);
        }
        assertThat(bob.audit())
                .as("nobody was at Bob's")
                .noneMatch(entry -> entry.operation().equals("count"));
        bob.account().stop(bob.cloud(), bobs.id());
    }

    private Path doorWith(String output) throws IOException {
        try (Stream<Path> files = Files.walk(home.router().resolve("doors"))) {
            Path found = files.filter(file -> file.endsWith(Path.of("output", output)))
                    .findFirst()
                    .orElseThrow();
            return Objects.requireNonNull(
                    Objects.requireNonNull(found.getParent()).getParent());
        }
    }
}
