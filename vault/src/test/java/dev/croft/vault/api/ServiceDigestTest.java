package dev.croft.vault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ServiceDigestTest {
    private static final String FILES = "sha256:" + "ab".repeat(32);

    @Test
    void itIsTheSumThatIsDocumented() throws Exception {
        String text = "croft-service-v1\n" + FILES + "\n8 /app/run\n3 é!\n";
        String sum = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        assertThat(ServiceDigest.of(FILES, List.of("/app/run", "é!"))).isEqualTo("sha256:" + sum);
    }

    @Test
    void otherFilesOrAnotherCommandAreAnotherService() {
        assertThat(Stream.of(
                                List.of("run"),
                                List.of("run", ""),
                                List.of("run", "x"),
                                List.of("runx"),
                                List.of("run x"),
                                List.of("run\n1 x"),
                                List.of("run", "x", "y"),
                                List.of("run", "y", "x"))
                        .map(command -> ServiceDigest.of(FILES, command)))
                .doesNotHaveDuplicates()
                .doesNotContain(ServiceDigest.of("sha256:" + "cd".repeat(32), List.of("run")));
    }

    @Test
    void whatIsNoServiceIsRefused() {
        for (String program : List.of("", "sha256:", FILES.toUpperCase(Locale.ROOT), FILES + "0", "ab")) {
            assertThatThrownBy(() -> ServiceDigest.of(program, List.of("run")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> ServiceDigest.of(FILES, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServiceDigest.of(FILES, Collections.nCopies(1025, "x")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
