package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.cli.Croft;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.PrivateCloud;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * What sleeps when memory is short, at a real router with a real host: ada has many private clouds, ben has two, which he used before ada used
 * hers. Who sleeps, in which order, and why, is read from {@code croft cloud explain}.
 */
@ResourceLock("installation")
class MemoryPressureIT {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int ADAS = 8;
    private static final int BENS = 2;
    private static final Pattern WHY = Pattern.compile("its account has (\\d+) of (\\d+) awake at weight (\\d+), .*");

    @TempDir
    Path folder;

    private Path memory() {
        return folder.resolve("meminfo");
    }

    /** What the router is told of the machine. */
    private void available(int percent) throws IOException {
        Path fresh = folder.resolve("meminfo.new");
        Files.writeString(fresh, "MemTotal:  1000000 kB\nMemAvailable:  " + percent * 10_000 + " kB\n");
        Files.move(fresh, memory(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private String good(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = (line + " --home " + folder.resolve("h")).split(" ");
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), words);
        assertThat(status).as(line + ": " + err).isZero();
        return out.toString();
    }

    /** One of someone's private clouds. */
    private record Owned(String owner, int number) {
        String options(Path folder) {
            return " --as " + owner + " --key " + folder.resolve(owner + number + ".key");
        }
    }

    /** Why one sleeps: as one of so many of its account's, and of so many in all, that were awake. */
    private record Slept(Owned cloud, int ofAccount, int ofAll, int weight) {}

    private Slept why(Owned cloud) throws IOException {
        JsonNode last = new ObjectMapper()
                .readTree(good("cloud explain --json" + cloud.options(folder)))
                .get("last");
        assertThat(last.get("reason").asText()).isEqualTo("MEMORY");
        assertThat(last.get("action").asText()).isEqualTo("HIBERNATE");
        Matcher numbers = WHY.matcher(last.get("detail").asText());
        assertThat(numbers.matches()).as("%s", last).isTrue();
        return new Slept(
                cloud,
                Integer.parseInt(numbers.group(1)),
                Integer.parseInt(numbers.group(2)),
                Integer.parseInt(numbers.group(3)));
    }

    /** All that slept, the first that did at first: the fewer were awake, the later. */
    private List<Slept> order(List<Owned> clouds) throws IOException {
        List<Slept> all = new ArrayList<>();
        for (Owned cloud : clouds) {
            all.add(why(cloud));
        }
        all.sort((one, other) -> Integer.compare(other.ofAll(), one.ofAll()));
        return all;
    }

    private void awaitAll(RouterClient operator, List<Owned> clouds, PrivateCloud.State state) {
        await().atMost(SOON).untilAsserted(() -> {
            for (String owner : List.of("ada", "ben")) {
                // Its connections are the operator's, who closes them.
                RouterClient client = operator.as(
                        Files.readString(folder.resolve("h").resolve("tokens").resolve(owner))
                                .strip());
                assertThat(client.clouds())
                        .hasSize((int) clouds.stream()
                                .filter(one -> one.owner().equals(owner))
                                .count())
                        .allMatch(cloud -> cloud.state() == state);
            }
        });
    }

    @Test
    void theLargestShareForItsWeightMakesRoomAndNotWhoWasUnusedTheLongest() throws Exception {
        available(50);
        Home home = new Home(folder.resolve("h"));
        RouterConfig config = RouterConfig.embedded(home.router())
                .withListen("127.0.0.1", 0)
                .withServicesDirectory(home.services())
                .withMemory(memory())
                // It looks each second, and by their accounts' policies nobody is idle.
                .withIdle(Duration.ofSeconds(4));
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            List<Owned> clouds = new ArrayList<>();
            for (int i = 0; i < BENS; i++) {
                clouds.add(new Owned("ben", i));
            }
            for (int i = 0; i < ADAS; i++) {
                clouds.add(new Owned("ada", i));
            }
            for (String owner : List.of("ada", "ben")) {
                good("account create " + owner);
                good("account policy " + owner + " --idle-seconds 3600");
            }
            for (Owned cloud : clouds) {
                good("cloud create " + cloud.owner() + " --key "
                        + folder.resolve(cloud.owner() + cloud.number() + ".key"));
            }
            awaitAll(operator, clouds, PrivateCloud.State.AWAKE);
            assertThat(good("cloud explain" + clouds.getFirst().options(folder)))
                    .contains("now: keep (recently used)");

            available(3);
            awaitAll(operator, clouds, PrivateCloud.State.HIBERNATED);
            List<Slept> equal = order(clouds);
            // Until she has as few as he, hers alone sleep, those first that she used the longest ago.
            assertThat(equal.subList(0, ADAS - BENS))
                    .extracting(Slept::cloud)
                    .containsExactlyElementsOf(clouds.subList(BENS, ADAS));
            assertThat(equal.get(ADAS - BENS)).isEqualTo(new Slept(clouds.getFirst(), BENS, 2 * BENS, 1));
            assertThat(good("cloud explain" + clouds.get(BENS).options(folder)))
                    .contains("(memory): its account has 8 of 10 awake at weight 1, the largest share");

            available(50);
            good("account policy ada --idle-seconds 3600 --weight 3");
            for (Owned cloud : clouds) {
                good("cloud wake" + cloud.options(folder));
            }
            awaitAll(operator, clouds, PrivateCloud.State.AWAKE);
            available(3);
            awaitAll(operator, clouds, PrivateCloud.State.HIBERNATED);
            // Six of hers weigh as much as two of his, of which the first was unused the longest.
            List<Slept> weighted = order(clouds);
            assertThat(weighted.subList(0, 3))
                    .containsExactly(
                            new Slept(clouds.get(BENS), 8, 10, 3),
                            new Slept(clouds.get(BENS + 1), 7, 9, 3),
                            new Slept(clouds.getFirst(), 2, 8, 1));
        }
    }
}
