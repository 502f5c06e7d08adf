package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleVerifier;
import dev.croft.router.audit.OperatorLog;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.OwnerKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's acts in their capsule, and who sees which. */
class OperatorLogTest {

    private static final Account ROOT = new Account("1", "root", Role.OPERATOR, Instant.EPOCH, false);

    private static List<String> seen(RouterClient client) {
        return client.acts(0).acts().stream()
                .map(act -> act.actor() + " " + act.act() + " " + act.subject() + " " + act.outcome())
                .toList();
    }

    @Test
    void ownersSeeWhatConcernsThemAndOperatorsAll() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator();
                RouterClient ana = router.account("ana", Role.OWNER);
                RouterClient bo = router.account("bo", Role.OWNER)) {
            String cloud = OwnerKey.generate().cloudId();
            ana.createCloud(cloud, "mine", PrivateCloud.Hosting.SHARED);
            assertThatThrownBy(() -> bo.as("").login("ana", "not her password"))
                    .isInstanceOf(RouterClient.Refused.class);
            assertThatThrownBy(bo::accounts).isInstanceOf(RouterClient.Refused.class);

            assertThat(seen(ana))
                    .contains(
                            "operator POST /accounts ana ok",
                            "operator POST /accounts/{account}/tokens ana ok",
                            "anonymous POST /login ana unauthenticated")
                    .anyMatch(line -> line.startsWith("ana POST /clouds"))
                    .noneMatch(line -> line.contains("bo"));
            assertThat(seen(bo)).contains("bo GET /accounts  forbidden").noneMatch(line -> line.contains("ana"));
            assertThat(seen(operator)).containsAll(seen(ana)).containsAll(seen(bo));

            OperatorLog.Page page = operator.acts(0);
            router.restart();
            try (RouterClient again = router.operator()) {
                OperatorLog.Page later = again.acts(0);
                assertThat(later.capsule()).isEqualTo(page.capsule());
                assertThat(later.acts()).startsWith(page.acts().toArray(OperatorLog.Act[]::new));
                assertThat(again.acts(later.size()).acts()).isEmpty();
            }
            assertThat(CapsuleVerifier.verify(router.config.stateDirectory().resolve("budget/acts"))
                            .intact())
                    .isTrue();
        }
    }

    @Test
    void whatACrashKeptOutIsPutInAndARegistryThatWasSetBackIsNoticed(@TempDir Path directory) throws Exception {
        Path database = directory.resolve("registry");
        Path backup = Files.createDirectory(directory.resolve("backup"));
        Path capsules = directory.resolve("capsules");
        try (Registry registry = Registry.embedded(database, Clock.systemUTC())) {
            registry.audit().append("router", "before there was a capsule", "", "ok");
        }
        copy(database, backup);
        try (Registry registry = Registry.embedded(database, Clock.systemUTC())) {
            try (OperatorLog log = new OperatorLog(registry, capsules)) {
                registry.audit().append("root", "one", "", "ok");
                assertThat(log.concerning(ROOT, 0).acts()).hasSize(2);
            }
            // As if it ended before the capsule had followed.
            registry.audit().append("root", "two", "", "ok");
            try (OperatorLog log = new OperatorLog(registry, capsules)) {
                assertThat(log.concerning(ROOT, 1).acts())
                        .extracting(OperatorLog.Act::act)
                        .containsExactly("one", "two");
            }
        }
        copy(backup, database);
        try (Registry registry = Registry.embedded(database, Clock.systemUTC())) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> new OperatorLog(registry, capsules))
                        .isInstanceOf(RouterException.Broken.class)
                        .hasMessageContaining("restore");
                registry.audit().append("root", "other", "", "ok");
                registry.audit().append("root", "others", "", "ok");
            }
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
