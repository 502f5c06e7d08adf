package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.runtime.Overcommit;
import dev.croft.runtime.Quarters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class QuartersOptionsTest {
    private static Quarters parsed(String... arguments) {
        QuartersOptions options = new QuartersOptions();
        CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();
        spec.addMixin("quarters", CommandLine.Model.CommandSpec.forAnnotatedObject(options));
        new CommandLine(spec).parseArgs(arguments);
        return options.quarters();
    }

    @Test
    void optionsSayWhatHoldsForServicesAndHosts() {
        assertThat(parsed()).isEqualTo(Quarters.ANYHOW);
        Quarters quarters = parsed(
                "--node-selector=disk=fast",
                "--node-selector=a/b=c",
                "--runtime-class=runc",
                "--runtime-class=service=gvisor",
                "--engine-runtime=gvisor=runsc",
                "--engine-runtime=usual=io.containerd.runc.v2",
                "--pull-secret=registry",
                "--overcommit=host=4:20,gold=1:2");
        assertThat(quarters.services().nodeSelector()).isEqualTo(Map.of("disk", "fast", "a/b", "c"));
        assertThat(quarters.services().runtimeClass()).isEqualTo("gvisor");
        assertThat(quarters.hosts().runtimeClass()).isEqualTo("runc");
        assertThat(quarters.hosts().pullSecrets()).isEqualTo(List.of("registry"));
        assertThat(quarters.classes())
                .isEqualTo(Map.of(
                        "service", Overcommit.USUAL, "host", new Overcommit(4, 20), "gold", new Overcommit(1, 2)));
        assertThat(quarters.runtimes()).isEqualTo(Map.of("gvisor", "runsc", "usual", "io.containerd.runc.v2"));
        for (String bad : List.of(
                "--overcommit=gold=0:1",
                "--overcommit=GOLD=1:1",
                "--runtime-class=pod=runc",
                "--engine-runtime=gvisor=",
                "--engine-runtime=gvisor=../runsc")) {
            assertThatThrownBy(() -> parsed(bad)).isInstanceOf(CommandException.class);
        }
    }

    @Test
    void processesSayInOneLineWhatTheyCannotHaveAndNothingStarts(@TempDir Path home) {
        CroftTest.Run run = CroftTest.croft(
                "up", "--home", home.toString(), "--port", "0", "--runtime-class", "gvisor", "--node-selector", "a=b");
        assertThat(run.status()).isEqualTo(ExitStatus.UNAVAILABLE.code());
        assertThat(run.err()).contains("processes cannot have a node with a=b, runtime class gvisor");
        assertThat(run.err().strip().lines()).hasSize(1);
        CroftTest.Run engine =
                CroftTest.croft("up", "--home", home.toString(), "--port", "0", "--engine-runtime", "gvisor=runsc");
        assertThat(engine.status()).isEqualTo(ExitStatus.UNAVAILABLE.code());
        assertThat(engine.err()).contains("processes are not run by a Docker engine's runtimes");
    }
}
