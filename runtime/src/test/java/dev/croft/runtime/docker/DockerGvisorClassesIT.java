package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeSuite;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Which services run in gVisor, that they do, and that another runtime is noticed; on a real engine that offers it, asked for with
 * {@code -Pdocker}.
 */
class DockerGvisorClassesIT extends RuntimeSuite {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        Gvisor.assumeOffered();
        if (image == null) {
            image = Gvisor.image(temporary.resolve("image.tar"));
        }
        return DockerRuntime.open(state, Gvisor.options(Optional.of(image)));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    private String kernel(Runtime of, Placing placing) {
        WorkloadSpec spec = spec("cat /proc/version").withPlacing(placing);
        of.awaitEnd(of.launch(spec), SOON);
        try (InputStream in = of.logs(spec.id(), false)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            of.remove(spec.id());
        }
    }

    /** Where the installation leaves it to services, one asks for gVisor and another does not; and none for what the operator did not name. */
    @Test
    void aServiceAsksForItAloneAndForNothingThatTheOperatorDidNotName() throws Exception {
        String machine = Files.readString(Path.of("/proc/version"));
        DockerRuntime.Options options = Gvisor.options(Optional.ofNullable(image));
        Quarters free = new Quarters(
                Placing.ANYHOW, Placing.ANYHOW, Map.of(), options.quarters().runtimes());
        DockerRuntime.Options open = new DockerRuntime.Options(options.socket(), options.base(), free, true);
        try (DockerRuntime other = DockerRuntime.open(temporary.resolve("free"), open)) {
            assertThat(kernel(other, Placing.ANYHOW)).isEqualTo(machine);
            assertThat(kernel(other, Placing.ANYHOW.withRuntimeClass("plain"))).isEqualTo(machine);
            assertThat(kernel(other, Placing.ANYHOW.withRuntimeClass(Gvisor.CLASS)))
                    .contains("Linux version")
                    .isNotEqualTo(machine);
            assertThatThrownBy(() -> kernel(other, Placing.ANYHOW.withRuntimeClass("runsc")))
                    .hasMessage("no runtime class runsc here, but gvisor, plain");
        }
        assertThatThrownBy(() -> kernel(runtime, Placing.ANYHOW.withRuntimeClass("plain")))
                .hasMessage("runtime class plain is asked for, and this installation's is gvisor");
        Quarters missing = new Quarters(Placing.ANYHOW, Placing.ANYHOW, Map.of(), Map.of("kata", "kata-runtime"));
        assertThatThrownBy(() -> DockerRuntime.open(
                        temporary.resolve("missing"),
                        new DockerRuntime.Options(options.socket(), options.base(), missing, true)))
                .isInstanceOf(WorkloadException.InvalidSpec.class)
                .hasMessageStartingWith("the engine has no runtime kata-runtime, but ");
    }

    /** Somebody between router and engine has it run by the machine's kernel, or has what is not gVisor run in its name. */
    @Test
    void whatIsRunByAnotherRuntimeThanWasAskedForIsEnded() throws Exception {
        DockerRuntime.Options options = Gvisor.options(Optional.ofNullable(image));
        Path socket = temporary.resolve("m.sock");
        try (Meddler meddler = new Meddler(socket, options.socket(), body -> {
                    body.withObject("/HostConfig").put("Runtime", "runc");
                    return body;
                });
                DockerRuntime between = DockerRuntime.open(
                        temporary.resolve("between"),
                        new DockerRuntime.Options(socket, options.base(), options.quarters(), true))) {
            WorkloadSpec spec = spec("exec sleep 600");
            WorkloadException.Deviates found =
                    catchThrowableOfType(WorkloadException.Deviates.class, () -> between.launch(spec));
            assertThat(found).isNotNull();
            // The engine's account, and the kernel's: the process is not gVisor's.
            assertThat(found.deviations().stream().filter("runtime"::equals)).hasSize(2);
            assertThat(between.list()).isEmpty();
            assertThat(meddler.changed()).isPositive();
        }
    }

    /** A JVM, as services that are given as jars run on. */
    @Test
    void javaRunsInIt() throws Exception {
        Path jar = JavaImageIT.jar(temporary.resolve("hello.jar"));
        Path archive = temporary.resolve("java.tar");
        Program.Image java = JavaImage.write(
                new JavaImage.Contents(
                        "croft/hello",
                        List.of("java.base"),
                        List.of(jar),
                        JavaImageIT.Hello.class.getName(),
                        List.of("-Xmx32m", "-XX:+UseSerialGC")),
                archive);
        new Engine(DockerRuntime.usualSocket()).load(archive);
        WorkloadSpec spec = WorkloadSpec.of(WorkloadId.random("java"), java);
        assertThat(said(spec)).startsWith("hello from 25");
    }

    @Test
    void theKernelIsAnotherThanTheMachines() throws Exception {
        String version = Files.readString(Path.of("/proc/version"));
        String release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        assertThat(said(spec("cat /proc/version; busybox dmesg; busybox uname -r")))
                .contains("Starting gVisor")
                .doesNotContain(version, release);
    }
}
