package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image with nothing in it but Java and a program; asked for with {@code -Pdocker}. */
class JavaImageIT {
    @TempDir
    Path dir;

    static final class Hello {
        public static void main(String[] arguments) {
            IO.println("hello from " + Runtime.version().feature() + " as "
                    + System.getProperty("user.name").length());
        }
    }

    /** Writes the program's jar there. */
    static Path jar(Path jar) throws IOException {
        String name = Hello.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                InputStream in = Hello.class.getClassLoader().getResourceAsStream(name)) {
            ZipEntry entry = new ZipEntry(name);
            entry.setTime(0);
            out.putNextEntry(entry);
            in.transferTo(out);
        }
        return jar;
    }

    @Test
    void itRunsHasNoShellAndIsTheSameEachTime() throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        JavaImage.Contents contents = new JavaImage.Contents(
                "croft/hello",
                List.of("java.base"),
                List.of(jar(dir.resolve("hello.jar"))),
                Hello.class.getName(),
                List.of("-Xmx32m", "-XX:+UseSerialGC"));
        Program.Image image = JavaImage.write(contents, dir.resolve("1.tar"));
        assertThat(JavaImage.write(contents, dir.resolve("2.tar"))).isEqualTo(image);
        assertThat(Files.size(dir.resolve("1.tar"))).isLessThan(80L << 20);

        try (DockerRuntime runtime = DockerRuntime.open(dir.resolve("state"), DockerRuntime.Options.DEFAULT)) {
            runtime.load(dir.resolve("1.tar"));
            WorkloadId id = runtime.launch(WorkloadSpec.of(WorkloadId.random("hello"), image));
            assertThat(runtime.awaitEnd(id, Duration.ofMinutes(1)).exitCode()).hasValue(0);
            assertThat(new String(runtime.logs(id, false).readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("hello from 25");
            for (String shell : List.of("/bin/sh", "/bin/bash", "/bin/busybox")) {
                Program.Image opened = new Program.Image(image.reference(), image.digest(), List.of(shell));
                WorkloadId refused = WorkloadId.random("shell");
                try {
                    runtime.launch(WorkloadSpec.of(refused, opened));
                    assertThat(runtime.awaitEnd(refused, Duration.ofMinutes(1)).exitCode())
                            .hasValue(127);
                } catch (WorkloadException.Backend e) {
                    assertThat(e).hasMessageContaining(shell);
                }
            }
            runtime.reap(s -> false);
            assertThat(runtime.list()).isEmpty();
        }
    }

    @Test
    void anEngineThatIsNotThereIsNamed() {
        DockerRuntime.Options options =
                new DockerRuntime.Options(dir.resolve("no.sock"), Optional.empty(), Quarters.ANYHOW, false);
        for (int i = 0; i < 2; i++) { // the second time shows that the first left nothing locked
            assertThatThrownBy(() -> DockerRuntime.open(dir.resolve("state2"), options))
                    .isInstanceOf(WorkloadException.Backend.class)
                    .hasMessageContaining("no.sock");
        }
    }
}
