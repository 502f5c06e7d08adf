package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoorTableTest {
    /** Which test of the suite tries what is in the last column of the table in docs/runtime.md. */
    @Test
    void theTableOfAttacksAtADoorNamesEachTestOfTheSuite() throws IOException {
        List<String> named = Files.readAllLines(Path.of("..", "docs", "runtime.md")).stream()
                .dropWhile(line -> !line.startsWith("| at its door"))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> line.replaceAll(".*\\| `([A-Za-z]+)` \\|$", "$1"))
                .toList();
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(HostileDoorSuite.class.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(Method::getName)
                        .toList());
    }
}
