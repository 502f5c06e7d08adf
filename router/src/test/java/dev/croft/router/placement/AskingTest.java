package dev.croft.router.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.router.Role;
import dev.croft.router.TestClock;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The registry is asked again where that can help, and only there. */
class AskingTest {

    private final Asking asking = new Asking();

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void whatTheRegistryRefusesForGoodIsGivenUpAndCountedAndWhatComesNextIsRecorded(
            Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(new TestClock("2026-11-21T08:00:00Z"))) {
            registry.accounts().create("ana", Role.OWNER, null);
            CatalogueEntry none = new CatalogueEntry(
                    "none", "1", "sha256:" + "ab".repeat(32), "p", "{}", "root", Instant.EPOCH, null);
            assertThat(asking.<Object>asked(() -> registry.launches().queue("no such", "no such", none, "g", "{}"), 0))
                    .as("of no private cloud")
                    .isEqualTo(0);
            assertThat(asking.refused()).isEqualTo(1);
            assertThat(asking.<Object>asked(() -> registry.accounts().create("ana", Role.OWNER, null), 0))
                    .isEqualTo(0);
            assertThat(asking.refused()).isEqualTo(2);
            assertThat(asking.asked(() -> registry.launches().open().size(), -1))
                    .isZero();
        }
    }

    @Test
    void aRegistryThatDoesNotAnswerIsAskedUntilItDoes() {
        AtomicInteger asked = new AtomicInteger();
        assertThat(asking.asked(
                        () -> {
                            if (asked.incrementAndGet() < 3) {
                                throw new UncheckedIOException(new ConnectException("refused"));
                            }
                            return "it did";
                        },
                        "it never did"))
                .isEqualTo("it did");
        assertThat(asked).hasValue(3);
        assertThat(asking.refused()).isZero();
    }

    @Test
    void whoClosesIsNotHeldUp() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        CompletableFuture<Boolean> none = CompletableFuture.supplyAsync(
                () -> asking.<String>asked(
                                () -> {
                                    asked.incrementAndGet();
                                    throw new UncheckedIOException(new ConnectException("refused"));
                                },
                                "")
                        == null,
                Thread::startVirtualThread);
        await().atMost(Duration.ofSeconds(60)).until(() -> asked.get() > 0);
        asking.close();
        assertThat(none.get()).isTrue();
    }
}
