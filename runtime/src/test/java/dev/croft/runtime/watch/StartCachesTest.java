package dev.croft.runtime.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartCachesTest {
    @Test
    void onlyAJavaCommandHasACache() {
        assertThat(StartCaches.suits(List.of("java", "-Xmx64m", "-cp", "/app/lib/a.jar", "Main")))
                .isTrue();
        assertThat(StartCaches.suits(List.of("/app/run", "-Xmx64m"))).isFalse();
        assertThat(StartCaches.suits(List.of("/app/bin/java", "Main"))).isFalse();
        assertThat(StartCaches.suits(List.of("java"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xshare:auto",
                "-XX:AOTCache=/app/mine.aot",
                "-XX:AOTMode=off",
                "-XX:SharedArchiveFile=/app/mine.jsa",
                "-XX:Flags=/app/flags",
                "@/app/arguments",
                "-javaagent:/app/a.jar",
                "-agentlib:jdwp"
            })
    void aCommandThatTheJvmTakesNoOtherCacheWithIsLeftAlone(String option) {
        assertThat(StartCaches.suits(List.of("java", option, "-cp", "/app/lib/a.jar", "Main")))
                .isFalse();
    }
}
