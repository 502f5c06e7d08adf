package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.BudgetLedger;
import dev.croft.budget.ledger.LedgerEvent;
import dev.croft.budget.ledger.Reservation;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UnreachableException;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.ReadScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host in a process of its own is killed at random instants while entries and budget come and go. */
class CrashIT {
    private static final Duration FOR = Duration.ofSeconds(40);
    private static final int MOST_ROUNDS = 40;

    private final OwnerKey key = OwnerKey.generate();
    private final SigningKey coordinator = SigningKey.generate();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> reserved = ConcurrentHashMap.newKeySet();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private final Set<String> refunded = ConcurrentHashMap.newKeySet();
    private final Set<String> surprises = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();

    /** The process that is killed: serves until then. */
    public static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0]);
            var host = new PmHost(
                    HostSettings.shared(directory.resolve("host"), Path.of(arguments[1])),
                    VaultSettings.standard(List.of(new Samples.Entries()), List.of(new Samples.Lines())));
            var front = HttpsFront.start(host, 0, PmTls.context(directory.resolve("server")));
            System.out.println("port " + front.port());
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndTheLedgerAddsUp(@TempDir Path directory) throws Exception {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        var authority = new TestTls();
        authority.identity(directory.resolve("server"));
        SSLContext tls = authority.identity(directory.resolve("client"));
        Path doors = Files.createTempDirectory("croft-doors");
        long end = System.nanoTime() + FOR.toNanos();
        int rounds = 0;
        while (rounds < MOST_ROUNDS && (rounds < 3 || System.nanoTime() < end)) {
            Process child = start(directory, doors);
            try (var client = new PmClient(URI.create("https://localhost:" + port(child)), tls)) {
                if (rounds == 0) {
                    prepare(client);
                } else {
                    client.unlock(key, List.of());
                }
                int progress = progress() + random.nextInt(40);
                long spare = random.nextLong(30);
                try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < 4; i++) {
                        threads.submit(() -> noting(() -> uploads(client)));
                        threads.submit(() -> noting(() -> queries(client)));
                    }
                    // Measured by what was acknowledged, so that a slow machine gets as far as a fast one.
                    long latest = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
                    while (progress() < progress && System.nanoTime() < latest) {
                        child.waitFor(1, TimeUnit.MILLISECONDS);
                    }
                    child.waitFor(spare, TimeUnit.MILLISECONDS);
                    child.destroyForcibly().waitFor();
                }
            } finally {
                child.destroyForcibly();
            }
            check(directory.resolve("host/clouds").resolve(key.cloudId()), "seed " + seed + ", round " + rounds);
            assertThat(surprises).as("seed " + seed + ", round " + rounds).isEmpty();
            rounds++;
        }
        System.out.println("CrashIT: " + rounds + " kills, " + acknowledged.size() + " entries, " + reserved.size()
                + " reservations, " + answered.size() + " answers");
        assertThat(acknowledged).isNotEmpty();
        assertThat(answered).isNotEmpty();
    }

    private void prepare(PmClient client) {
        client.create(key, new BudgetPolicy(Epsilon.parse("1000"), null), null);
        var wide = Samples.grant("coordinator", key.cloudId(), Samples.holder(coordinator), "query:entries");
        var grant = new Grant(
                wide.id(),
                wide.cloud(),
                wide.holder(),
                wide.collections(),
                null,
                null,
                wide.operations(),
                Epsilon.parse("1000"),
                wide.notBefore(),
                wide.expires(),
                "");
        client.as(Signer.owner(key)).storeGrant(GrantToken.sign(grant, key.signingKey()));
    }

    private int progress() {
        return acknowledged.size() / 20 + reserved.size() + answered.size() + refunded.size();
    }

    private boolean noting(Runnable work) {
        try {
            work.run();
        } catch (UnreachableException killed) {
            return true;
        } catch (RuntimeException | AssertionError e) {
            surprises.add(e.toString());
        }
        return true;
    }

    private void uploads(PmClient client) {
        CloudClient owner = client.as(Signer.owner(key));
        while (true) {
            int from = next.getAndAdd(20);
            if (owner.upload(Samples.lines(from, from + 20), "lines").taken() == 20) {
                for (int i = from; i < from + 20; i++) {
                    acknowledged.add("key" + i);
                }
            }
        }
    }

    private void queries(PmClient client) {
        CloudClient holder = client.as(Signer.holder(key.cloudId(), "coordinator", coordinator));
        var question = Samples.question("0.01");
        while (true) {
            String query = "q" + next.getAndIncrement();
            holder.reserve(query, question);
            reserved.add(query);
            if (query.hashCode() % 3 == 0) {
                holder.refund(query);
                refunded.add(query);
            } else {
                holder.run(query, question);
                answered.add(query);
                holder.commit(query);
            }
        }
    }

    /** Opens the private cloud as the next host would. */
    private void check(Path cloud, String as) {
        var settings = VaultSettings.standard(List.of(new Samples.Entries()), List.of(new Samples.Lines()));
        try (var pm = PermissionManager.open(cloud, key, new BudgetPolicy(Epsilon.parse("1000"), null), settings)) {
            var stored = new HashSet<String>();
            pm.documents()
                    .forEach(
                            Find.in("entries"),
                            ReadScope.ALL,
                            entry -> assertThat(stored.add(entry.getString("k").getValue()))
                                    .as(as)
                                    .isTrue());
            assertThat(stored).as(as).containsAll(acknowledged);
            var ledger = new BudgetLedger();
            var states = new ConcurrentHashMap<String, Reservation.State>();
            pm.budget().events().forEach(ledger::apply);
            for (LedgerEvent event : pm.budget().events()) {
                if (event instanceof LedgerEvent.Reserved(var name, var demand, var expiry)) {
                    states.put(
                            name.split("/")[1],
                            ledger.reservation(name).orElseThrow().state());
                }
            }
            assertThat(states.keySet()).as(as).containsAll(reserved);
            assertThat(answered).as(as).allMatch(query -> states.get(query) == Reservation.State.COMMITTED);
            assertThat(refunded).as(as).allMatch(query -> states.get(query) == Reservation.State.REFUNDED);
            long committed = states.values().stream()
                    .filter(state -> state == Reservation.State.COMMITTED)
                    .count();
            long held = states.values().stream()
                    .filter(state -> state == Reservation.State.HELD)
                    .count();
            var block = pm.budget().status().blocks().getFirst();
            assertThat(block.spent().nanos()).as(as).isEqualTo(committed * 10_000_000L);
            assertThat(block.reserved().nanos()).as(as).isEqualTo(held * 10_000_000L);
            assertThat(block.available().plus(block.spent()).plus(block.reserved()))
                    .as(as)
                    .isEqualTo(block.total());
        }
        assertThat(PermissionManager.verify(cloud).isWhole()).as(as).isTrue();
    }

    private static Process start(Path directory, Path doors) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dslf4j.internal.verbosity=ERROR",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Child.class.getName(),
                        directory.toString(),
                        doors.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int port(Process child) throws IOException {
        var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("the host did not start");
        }
        return Integer.parseInt(line.substring(5));
    }
}
