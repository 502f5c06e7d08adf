package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.watch.Launch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class InspectionTest {
    private static final String IMAGE = "sha256:" + "ab".repeat(32);
    private static final String ID = "c0ffee";

    private static ObjectNode asked(Network network) {
        WorkloadSpec spec = WorkloadSpec.of(
                        new WorkloadId("a"),
                        new Program.Image(
                                "croft/test",
                                Digest.of("x".getBytes(StandardCharsets.UTF_8)),
                                List.of("/bin/run", "-x")))
                .withEnvironment(Map.of("A", "b"))
                .withNetwork(network)
                .withMounts(new Mount.HostPath(Path.of("/data"), "/data", true));
        Launch launch = new Launch(spec, Path.of("/w"), Optional.empty(), Map.of("/data", Path.of("/data")));
        return ContainerSpec.of(launch, "name", IMAGE, "10001:10001", 2).json();
    }

    /** An engine's account of a container that is as it was asked for; shaped as version 20.10 answers. */
    private static ObjectNode answer(JsonNode asked) {
        ObjectNode answer = Engine.JSON.createObjectNode().put("Id", ID).put("Image", IMAGE);
        ObjectNode config = answer.putObject("Config");
        for (String key : List.of("User", "Entrypoint", "Cmd", "WorkingDir")) {
            config.set(key, asked.get(key).deepCopy());
        }
        config.putArray("Env").add("PATH=/bin").add("TZ=of the image");
        asked.get("Env").forEach(config.withArray("Env")::add);
        ObjectNode host = asked.get("HostConfig").deepCopy();
        host.remove("Mounts");
        answer.set("HostConfig", host);
        host.put("Privileged", false)
                .put("PidMode", "")
                .putNull("CapAdd")
                .putNull("DeviceRequests")
                .putArray("Devices");
        for (JsonNode mount : asked.get("HostConfig").get("Mounts")) {
            answer.withArray("Mounts")
                    .addObject()
                    .put("Type", "bind")
                    .put("Source", mount.get("Source").asText())
                    .put("Destination", mount.get("Target").asText())
                    .put("RW", !mount.get("ReadOnly").asBoolean())
                    .put("Propagation", "rprivate");
        }
        answer.putObject("NetworkSettings")
                .putObject("Networks")
                .putObject(host.get("NetworkMode").asText());
        return answer;
    }

    private static void deviates(String word, Consumer<ObjectNode> tamper) {
        ObjectNode asked = asked(Network.NONE);
        ObjectNode answer = answer(asked);
        tamper.accept(answer);
        assertThat(Inspection.of(asked, answer, ID).deviations()).as(word).contains(word);
    }

    private static ObjectNode host(ObjectNode answer) {
        return (ObjectNode) answer.get("HostConfig");
    }

    private static ObjectNode config(ObjectNode answer) {
        return (ObjectNode) answer.get("Config");
    }

    @Test
    void whatIsAsAskedForHasNoDeviation() {
        for (Network network : List.of(Network.NONE, new Network.Listening(7000))) {
            ObjectNode asked = asked(network);
            assertThat(Inspection.of(asked, answer(asked), ID).deviations()).isEmpty();
        }
    }

    @Test
    void anotherRuntimeThanTheOneAskedForIsNamed() {
        ObjectNode asked = asked(Network.NONE);
        asked.withObject("/HostConfig").put("Runtime", "runsc");
        ObjectNode answer = answer(asked);
        assertThat(Inspection.of(asked, answer, ID).deviations()).isEmpty();
        host(answer).put("Runtime", "runc");
        assertThat(Inspection.of(asked, answer, ID).deviations()).containsExactly("runtime");
    }

    @Test
    void gvisorsOwnProcessIsHeldToWhatItMustBe() {
        String status = "Name:\texe\nCapEff:\t0000000000240000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        Path runsc = Path.of("/usr/bin/runsc");
        assertThat(Inspection.ofGvisor(status, runsc).clean()).isTrue();
        assertThat(Inspection.ofGvisor(status, null).clean()).isTrue();
        // Upgraded while it ran.
        assertThat(Inspection.ofGvisor(status, Path.of("/usr/bin/runsc (deleted)"))
                        .clean())
                .isTrue();
        assertThat(Inspection.ofGvisor(status, Path.of("/tmp/not-runsc")).deviations())
                .containsExactly("runtime");
        assertThat(Inspection.ofGvisor(status, Path.of("/bin/sleep")).deviations())
                .containsExactly("runtime");
        assertThat(Inspection.ofGvisor(status.replace("Privs:\t1", "Privs:\t0").replace("comp:\t2", "comp:\t0"), runsc)
                        .deviations())
                .containsExactly("new privileges", "system calls");
    }

    @Test
    void eachThingThatIsOtherIsNamed() {
        deviates("container", a -> a.put("Id", "deadbeef"));
        deviates("image", a -> a.put("Image", IMAGE.replace("ab", "cd")));
        deviates("user", a -> config(a).put("User", "0:0"));
        deviates("user", a -> config(a).put("User", ""));
        deviates("command", a -> config(a).putArray("Entrypoint").add("/bin/run"));
        deviates("command", a -> config(a).putArray("Cmd").add("--more"));
        deviates("directory", a -> config(a).put("WorkingDir", "/"));
        deviates("environment", a -> config(a).putArray("Env").add("A=c"));
        deviates("root", a -> host(a).put("ReadonlyRootfs", false));
        deviates("restart", a -> host(a).putObject("RestartPolicy").put("Name", "always"));
        deviates("NetworkMode", a -> host(a).put("NetworkMode", "bridge"));
        deviates("networks", a -> a.withObject("/NetworkSettings/Networks/bridge"));
        deviates("ports", a -> host(a).withObject("/PortBindings").putArray("80/tcp"));
        deviates("CapDrop", a -> host(a).putArray("CapDrop"));
        deviates("CapAdd", a -> host(a).putArray("CapAdd").add("SYS_ADMIN"));
        deviates("Privileged", a -> host(a).put("Privileged", true));
        deviates("PidMode", a -> host(a).put("PidMode", "host"));
        deviates("IpcMode", a -> host(a).put("IpcMode", "host"));
        deviates("UTSMode", a -> host(a).put("UTSMode", "host"));
        deviates("UsernsMode", a -> host(a).put("UsernsMode", "host"));
        deviates("Devices", a -> host(a).putArray("Devices").addObject().put("PathOnHost", "/dev/sda"));
        deviates("DeviceRequests", a -> host(a).putArray("DeviceRequests").addObject());
        deviates("SecurityOpt", a -> host(a).withArray("SecurityOpt").add("seccomp=unconfined"));
        deviates("SecurityOpt", a -> host(a).putArray("SecurityOpt"));
        deviates("Memory", a -> host(a).put("Memory", 0));
        deviates("PidsLimit", a -> host(a).putNull("PidsLimit"));
        deviates("NanoCpus", a -> host(a).put("NanoCpus", 0));
        deviates("MaskedPaths", a -> host(a).putArray("MaskedPaths"));
        deviates("ReadonlyPaths", a -> host(a).putArray("ReadonlyPaths"));
        deviates("Tmpfs", a -> host(a).withObject("/Tmpfs").put("/etc", "rw"));
        deviates("Binds", a -> host(a).putArray("Binds").add("/:/host"));
        deviates("VolumesFrom", a -> host(a).putArray("VolumesFrom").add("other"));
        deviates("GroupAdd", a -> host(a).putArray("GroupAdd").add("docker"));
        deviates("OomKillDisable", a -> host(a).put("OomKillDisable", true));
    }

    @Test
    void aMountThatIsMoreOrLessOrOtherIsNamed() {
        deviates(
                "mounts",
                a -> a.withArray("Mounts")
                        .addObject()
                        .put("Type", "bind")
                        .put("Source", "/")
                        .put("Destination", "/host")
                        .put("RW", true)
                        .put("Propagation", "rprivate"));
        deviates("mounts", a -> a.putArray("Mounts"));
        for (Consumer<ObjectNode> change : List.<Consumer<ObjectNode>>of(
                m -> m.put("Source", "/other"),
                m -> m.put("Destination", "/elsewhere"),
                m -> m.put("RW", false),
                m -> m.put("Type", "volume"),
                m -> m.put("Propagation", "rshared"))) {
            deviates("mounts", a -> change.accept((ObjectNode) a.get("Mounts").get(0)));
        }
    }

    @Test
    void theKernelsAccountIsBelievedOverTheEngines() {
        String status = "Name:\trun\nCapInh:\t%1$s\nCapPrm:\t%1$s\nCapEff:\t%1$s\nCapBnd:\t%1$s\nCapAmb:\t%1$s\n"
                        .formatted("0".repeat(16))
                + "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        assertThat(Inspection.of(status, true).deviations()).isEmpty();
        assertThat(Inspection.of(status.replace("CapBnd:\t0", "CapBnd:\t8"), true)
                        .deviations())
                .containsExactly("capabilities");
        assertThat(Inspection.of(status.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0"), true)
                        .deviations())
                .containsExactly("new privileges");
        String unfiltered = status.replace("Seccomp:\t2", "Seccomp:\t0");
        assertThat(Inspection.of(unfiltered, true).deviations()).containsExactly("system calls");
        assertThat(Inspection.of(unfiltered, false).deviations()).isEmpty();
    }
}
