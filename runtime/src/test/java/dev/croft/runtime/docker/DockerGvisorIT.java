package dev.croft.runtime.docker;

import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import dev.croft.runtime.TestImage;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The suite in gVisor on a real engine that offers it; asked for with {@code -Pdocker}. */
class DockerGvisorIT extends RuntimeConformance {
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

    @Override
    protected int many() {
        return 6;
    }
}
