package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.cli.Croft;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the operators' page says of several machines, by commands, on one backend: routers as processes over PostgreSQL, each with a home of
 * its own as on a machine of its own, and one is killed. So many of them as {@code -Dcroft.routers} says, two if it does not.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
abstract class SeveralRoutersSuite {
    static final Duration SOON = Duration.ofMinutes(3);
    private static final String FIRST = "main";
    private static final String KILLED = "second";
    private static final List<String> NAMES = List.of(FIRST, KILLED, "third", "fourth");

    @TempDir
    Path folder;

    /** By name, in the order in which they joined. */
    private final Map<String, UpProcess> routers = new LinkedHashMap<>();

    private final List<AutoCloseable> open = new ArrayList<>();

    abstract String backend();

    /** By the engine's own ids, the hosts of private clouds that run for a router. */
    abstract Set<String> hosts(Home home) throws Exception;

    /** Nothing of a router is left, now that it has ended. */
    abstract void nothingLeft(Home home) throws Exception;

    /** These private clouds and no others are shown as a router's, where a backend shows them. */
    void shownAt(Home home, Set<String> clouds) {}

    /** Where hosts of private clouds reach servers of this machine. */
    InetAddress address() throws IOException {
        return InetAddress.getLoopbackAddress();
    }

    @AfterEach
    void stop() throws Exception {
        for (UpProcess router : List.copyOf(routers.values()).reversed()) {
            router.close();
        }
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private String replicas() throws Exception {
        List<String> servers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SigningKey key = SigningKey.generate();
            var shelf = new CapsuleShelf(
                    folder.resolve("server" + i), key, CapsuleShelf.Limits.standard(), InstantSource.system());
            CapsuleServer server = CapsuleServer.start(shelf, new InetSocketAddress(address(), 0));
            open.add(shelf);
            open.add(server);
            servers.add(new ServerAddress(key.verifyingKey(), address().getHostAddress(), server.port()).toString());
        }
        return String.join(",", servers);
    }

    private UpProcess router(String name) {
        return Objects.requireNonNull(routers.get(name));
    }

    /** Makes a router that is not started yet. */
    private UpProcess add(String name, String... options) throws IOException {
        UpProcess router = new UpProcess(Files.createDirectory(folder.resolve(name)), backend(), options);
        routers.put(name, router);
        return router;
    }

    /** Images of one build are the same at each router: so that not each makes them, they are carried there. */
    private void carryImages(Home from, Home to) throws IOException {
        Path images = from.root().resolve("images");
        if (!Files.isDirectory(images)) {
            return;
        }
        to.create();
        try (Stream<Path> files = Files.walk(images)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.root().resolve("images").resolve(images.relativize(file)));
            }
        }
    }

    /** What is asked of the first router, or of another of that name with what the first one's home knows. */
    private String at(String name) {
        return " --home " + router(FIRST).home().root()
                + (name.equals(FIRST) ? "" : " --server " + router(name).url());
    }

    private static String good(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), line.split(" "));
        assertThat(status).as(line + ": " + err).isZero();
        return out.toString();
    }

    private JsonNode listed(String name) throws IOException {
        for (JsonNode router : new ObjectMapper().readTree(good("router list --json" + at(FIRST)))) {
            if (router.get("name").asText().equals(name)) {
                return router;
            }
        }
        throw new AssertionError("no router " + name);
    }

    private void awaitState(String name, String state) {
        await().atMost(SOON).until(() -> listed(name).get("state").asText().equals(state));
    }

    private void start(int many, String url) throws Exception {
        String[] options = {"--database", url, "--lease-seconds", "8"};
        add(FIRST, options).start();
        for (String name : NAMES.subList(1, many)) {
            Path invitation = folder.resolve(name + ".invitation");
            good("router invite " + name + " --out " + invitation + at(FIRST));
            List<String> joining = new ArrayList<>(List.of(options));
            joining.addAll(List.of("--join", invitation.toString()));
            UpProcess router = add(name, joining.toArray(new String[0]));
            carryImages(router(FIRST).home(), router.home());
            router.start();
            awaitState(name, "serving");
        }
    }

    /** A private cloud at each router, and the key that opens it; new ones come to the router that has fewest. */
    private Map<String, String> settle() throws IOException {
        Map<String, String> clouds = new LinkedHashMap<>();
        for (int i = 0; clouds.size() < routers.size(); i++) {
            assertThat(i).as("they are spread").isLessThan(3 * routers.size());
            Map<String, Integer> before = counts();
            String key = folder.resolve("ada" + i + ".key").toString();
            good("cloud create ada --key " + key + at(FIRST));
            counts().forEach((name, count) -> {
                if (count > before.getOrDefault(name, 0)) {
                    clouds.put(name, " --as ada --key " + key);
                }
            });
        }
        return clouds;
    }

    private Map<String, Integer> counts() throws IOException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String name : routers.keySet()) {
            counts.put(name, listed(name).get("clouds").asInt());
        }
        return counts;
    }

    private void shown() throws IOException {
        Home home = router(FIRST).home();
        try (RouterClient operator = router(FIRST).operator()) {
            RouterClient ada =
                    operator.as(Files.readString(home.tokens().resolve("ada")).strip());
            Map<String, Set<String>> homes = ada.clouds().stream()
                    .collect(Collectors.groupingBy(
                            PrivateCloud::home, Collectors.mapping(PrivateCloud::id, Collectors.toSet())));
            routers.forEach((name, router) -> shownAt(router.home(), homes.getOrDefault(name, Set.of())));
        }
    }

    @Test
    void aPrivateCloudGoesOnAtAnotherRouterWhenItsOwnIsKilledAndNothingOfThatIsLeft() throws Exception {
        try {
            killOne();
        } catch (Throwable e) {
            for (Map.Entry<String, UpProcess> router : routers.entrySet()) {
                System.out.println(router.getKey() + ": " + router.getValue().lastWords());
            }
            throw e;
        }
    }

    private void killOne() throws Exception {
        EmbeddedPostgres database = EmbeddedPostgres.builder().start();
        open.add(database);
        start(Integer.getInteger("croft.routers", 2), database.getJdbcUrl("postgres", "postgres"));
        good("account create ada" + at(FIRST));
        good("account replicas ada --durability ALL --replicas " + replicas() + at(FIRST));
        good("data generate --people 1 --out " + folder.resolve("phones"));
        String upload = "data upload " + folder.resolve("phones/person-01.json.gz");
        Map<String, String> clouds = settle();
        Map<String, Set<String>> hosts = new LinkedHashMap<>();
        for (String home : routers.keySet()) {
            String who = Objects.requireNonNull(clouds.get(home));
            assertThat(good(upload + who + at(FIRST))).doesNotContain(" 0 taken");
            for (String asked : routers.keySet()) {
                assertThat(good(upload + who + at(asked)))
                        .as("through " + asked)
                        .contains(" 0 taken");
            }
            hosts.put(home, hosts(router(home).home()));
            assertThat(hosts.get(home)).as("hosts of " + home).isNotEmpty();
        }
        shown();

        UpProcess killed = router(KILLED);
        killed.kill();
        awaitState(KILLED, "lost");
        assertThat(listed(KILLED).get("clouds").asInt()).isZero();
        String who = Objects.requireNonNull(clouds.get(KILLED));
        assertThat(good("cloud unlock" + who + at(FIRST))).contains("is awake");
        for (String asked : routers.keySet()) {
            if (!asked.equals(KILLED)) {
                assertThat(good(upload + who + at(asked))).contains(" 0 taken");
            }
        }
        assertThat(good("cloud verify" + who + at(FIRST))).contains("data", "none");
        assertThat(hosts(killed.home())).as("it ran on").isNotEmpty();

        killed.start();
        awaitState(KILLED, "serving");
        Set<String> before = Objects.requireNonNull(hosts.get(KILLED));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(hosts(killed.home())).doesNotContainAnyElementsOf(before));
        assertThat(good(upload + who + at(KILLED))).contains(" 0 taken");
        for (String other : routers.keySet()) {
            if (!other.equals(KILLED)) {
                assertThat(hosts(router(other).home()))
                        .as("nobody ended what is " + other + "'s")
                        .containsAll(Objects.requireNonNull(hosts.get(other)));
            }
        }
        shown();
        good("router drain " + KILLED + at(FIRST));
        assertThat(good("router list" + at(FIRST))).contains(FIRST, "draining");

        // A router that is taken out while it lies dead ends what it left behind, and does not serve.
        await().atMost(SOON).until(() -> !hosts(killed.home()).isEmpty());
        killed.kill();
        good("router remove " + KILLED + " --force" + at(FIRST));
        assertThat(hosts(killed.home())).isNotEmpty();
        assertThat(killed.end()).contains("is not believed any more");
        nothingLeft(killed.home());
        assertThat(good(upload + who + at(FIRST))).contains(" 0 taken");

        List<Home> homes = routers.values().stream().map(UpProcess::home).toList();
        Set<String> left = new HashSet<>(routers.keySet());
        left.remove(KILLED);
        for (String name : left) {
            router(name).close();
        }
        for (Home home : homes) {
            nothingLeft(home);
        }
    }
}
