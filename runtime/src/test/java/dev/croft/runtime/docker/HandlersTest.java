package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.docker.Handlers.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandlersTest {
    /** As versions 20.10 and 28 answer. */
    private static final String INFO = """
            {"DefaultRuntime": "runc", "Runtimes": {
              "runc": {"path": "runc"},
              "plain": {"path": "/opt/runc-plain"},
              "runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--platform=ptrace", "--host-uds=open"]},
              "older": {"path": "/usr/local/bin/runsc", "runtimeArgs": ["-fsgofer-host-uds"]},
              "apart": {"path": "/usr/local/bin/runsc", "runtimeArgs": ["--host-uds", "all"]},
              "closed": {"path": "/usr/bin/runsc"},
              "create": {"path": "/usr/bin/runsc", "runtimeArgs": ["--host-uds=create"]},
              "shim": {"runtimeType": "io.containerd.runsc.v1"},
              "kata": {"path": "/usr/bin/kata-runtime"}}}
            """;

    private static Handlers handlers() {
        try {
            return Handlers.of(Engine.JSON.readTree(INFO));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whichOfTheEnginesRuntimesAreGvisorAndLetServicesReachTheirDoorsIsTold() {
        assertThat(handlers().all().values())
                .extracting(Handlers.Handler::toString)
                .containsExactly(
                        "apart (gVisor)",
                        "closed (gVisor, without --host-uds)",
                        "create (gVisor, without --host-uds)",
                        "kata",
                        "older (gVisor)",
                        "plain",
                        "runc",
                        "runsc (gVisor)",
                        "shim (gVisor)");
    }

    @Test
    void aClassIsWhatTheInstallationSaysAndElseTheEnginesOwnName() {
        assertThat(handlers().of(null, Map.of()).name()).isEqualTo("runc");
        assertThat(handlers().of("runsc", Map.of()).kind()).isEqualTo(Kind.GVISOR);
        Map<String, String> classes = Map.of("gvisor", "runsc", "none", "gone", "sealed", "closed");
        assertThat(handlers().of("gvisor", classes).name()).isEqualTo("runsc");
        assertThat(handlers().of(null, classes).name()).isEqualTo("runc");
        refuses("plain", classes, "no runtime class plain here, but gvisor, none, sealed");
        refuses("none", classes, "the engine has no runtime gone, but apart, closed, create, kata, older, plain");
        refuses("sealed", classes, "nothing that the engine's runtime closed runs could reach its door");
        refuses("gvisor", Map.of(), "the engine has no runtime gvisor, but ");
    }

    private static void refuses(String asked, Map<String, String> classes, String message) {
        assertThatThrownBy(() -> handlers().of(asked, classes))
                .isInstanceOf(WorkloadException.InvalidSpec.class)
                .hasMessageStartingWith(message);
    }

    /** An engine whose usual runtime is gVisor needs no class for it, and one that is gone since is not taken for gVisor. */
    @Test
    void theUsualOneCounts() throws JsonProcessingException {
        String gvisor = INFO.replace("\"DefaultRuntime\": \"runc\"", "\"DefaultRuntime\": \"runsc\"");
        assertThat(Handlers.of(Engine.JSON.readTree(gvisor)).of(null, Map.of()).kind())
                .isEqualTo(Kind.GVISOR);
        assertThat(handlers().kindOf("gone").kind()).isEqualTo(Kind.KERNEL);
        assertThat(Handlers.of(Engine.JSON.createObjectNode())
                        .of(null, Map.of())
                        .name())
                .isEqualTo("runc");
    }
}
