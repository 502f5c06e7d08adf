package dev.croft.router.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.router.RouterException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupedDatabaseTest {

    @TempDir
    Path directory;

    @Test
    void aWriteThatFailsUndoesItselfOnlyWhoeverSharesItsCommit() throws Exception {
        int writes = 2000;
        try (SqliteFile file = SqliteFile.open(directory, true)) {
            Jdbi jdbi = Jdbi.create(file.pool());
            GroupedDatabase db = new GroupedDatabase(jdbi);
            jdbi.useHandle(handle -> handle.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"));
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Callable<Integer>> work = IntStream.range(0, writes)
                        .<Callable<Integer>>mapToObj(n -> () -> db.write(handle -> {
                            handle.execute("INSERT INTO numbers (n) VALUES (?)", n);
                            if (n % 3 == 0) {
                                throw new RouterException.Conflict("no " + n);
                            }
                            return n;
                        }))
                        .toList();
                var outcomes = threads.invokeAll(work);
                for (int n = 0; n < writes; n++) {
                    var outcome = outcomes.get(n);
                    if (n % 3 == 0) {
                        assertThatThrownBy(outcome::get)
                                .hasCause(outcome.exceptionNow())
                                .hasMessageContaining("no " + n);
                    } else {
                        assertThat(outcome.get()).isEqualTo(n);
                    }
                }
            }
            List<Integer> kept = db.read(handle -> handle.createQuery("SELECT n FROM numbers ORDER BY n")
                    .mapTo(Integer.class)
                    .list());
            assertThat(kept)
                    .isEqualTo(IntStream.range(0, writes)
                            .filter(n -> n % 3 != 0)
                            .boxed()
                            .toList());
        }
    }

    @Test
    void aDirectoryBelongsToOneRegistryAtATime() {
        Registry first = Registry.embedded(directory, Clock.systemUTC());
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Registry.embedded(directory, Clock.systemUTC()))
                    .isInstanceOf(RouterException.Broken.class)
                    .hasMessageContaining("in use");
        }
        first.close();
        Registry.embedded(directory, Clock.systemUTC()).close();
    }
}
