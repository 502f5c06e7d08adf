package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.watch.Launch;
import java.nio.file.Path;
import java.util.List;

/**
 * A workload as the engine is asked to run it: no network but a loopback interface (so that the engine's bridge, which
 * an internal network would still reach, is not there either), read-only root, no capabilities, no new privileges.
 *
 * @param json the body of the request
 */
record ContainerSpec(ObjectNode json) {
    static final String RUNTIME_LABEL = "dev.croft.runtime";
    static final String ID_LABEL = "dev.croft.workload";

    /** The engine's own list, and what it leaves open to everyone. */
    private static final List<String> HIDDEN = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/pressure",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware",
            "/sys/kernel/debug",
            "/sys/kernel/tracing");

    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private static final long SMALLEST_MEMORY = 6L << 20;

    /**
     * The control group counts gVisor's own threads with those of the workload: some 80 for one process that sleeps, and for each further
     * process up to as many as the threads that ran it.
     */
    private static final long GVISOR_THREADS = 256;

    private static final long GVISOR_THREADS_EACH = 16;

    /**
     * @param image the id to run
     * @param user number and group, such as {@code 10001:10001}
     * @param processors how many the engine has
     */
    static ContainerSpec of(Launch launch, String runtime, String image, String user, int processors) {
        ObjectNode json = Engine.JSON.createObjectNode();
        json.put("Image", image).put("User", user).put("WorkingDir", "/work").put("Hostname", "croft");
        ArrayNode command = json.putArray("Entrypoint");
        launch.spec().program().command().forEach(command::add);
        json.putArray("Cmd");
        ArrayNode environment = json.putArray("Env");
        if (launch.spec().program() instanceof Program.Files) {
            environment.add("PATH=/app/bin:/opt/java/bin:/usr/local/bin:/usr/bin:/bin");
        }
        launch.environment().forEach((key, value) -> environment.add(key + "=" + value));
        json.putObject("Labels")
                .put(RUNTIME_LABEL, runtime)
                .put(ID_LABEL, launch.spec().id().value());

        ObjectNode host = json.putObject("HostConfig");
        host.put("NetworkMode", "none")
                .put("IpcMode", "private")
                .put("Init", true)
                .put("ReadonlyRootfs", true);
        HIDDEN.forEach(host.putArray("MaskedPaths")::add);
        READ_ONLY.forEach(host.putArray("ReadonlyPaths")::add);
        host.putArray("CapDrop").add("ALL");
        host.putArray("SecurityOpt").add("no-new-privileges:true");
        host.putObject("RestartPolicy").put("Name", "no");
        host.putArray("Ulimits").addObject().put("Name", "core").put("Soft", 0).put("Hard", 0);
        if (launch.spec().network() instanceof Network.Listening(int port)) {
            publish(json, host, port);
        }
        limits(host, launch.spec().limits(), user, processors);
        mounts(host.putArray("Mounts"), launch);
        return new ContainerSpec(json);
    }

    /** The same, run by this one of the engine's runtimes. */
    ContainerSpec runBy(Handlers.Handler handler) {
        ObjectNode host = json.withObject("/HostConfig");
        host.put("Runtime", handler.name());
        if (handler.kind() == Handlers.Kind.GVISOR) {
            host.put(
                    "PidsLimit",
                    GVISOR_THREADS
                            + GVISOR_THREADS_EACH * host.path("PidsLimit").asLong());
        }
        return this;
    }

    private static void publish(ObjectNode json, ObjectNode host, int port) {
        host.put("NetworkMode", "bridge");
        json.putObject("ExposedPorts").putObject(port + "/tcp");
        host.putObject("PortBindings")
                .putArray(port + "/tcp")
                .addObject()
                .put("HostIp", "127.0.0.1")
                .put("HostPort", Integer.toString(port));
    }

    private static void limits(ObjectNode host, Limits limits, String user, int processors) {
        long memory = Math.max(SMALLEST_MEMORY, limits.memoryBytes());
        host.put("Memory", memory).put("MemorySwap", memory);
        host.put("NanoCpus", (long) (Math.min(limits.cpus(), processors) * 1e9));
        host.put("PidsLimit", limits.pids() + 1L); // the engine's init is one
        long scratch = Math.max(4096, limits.scratchBytes());
        host.put("ShmSize", scratch);
        String[] owner = user.split(":", 2);
        String own = "rw,exec,nosuid,nodev,size=" + scratch + ",uid=" + owner[0] + ",gid=" + owner[1];
        host.putObject("Tmpfs").put("/work", own + ",mode=0700").put("/tmp", own + ",mode=1777");
        ObjectNode log = host.putObject("LogConfig").put("Type", "json-file");
        log.putObject("Config")
                .put("max-file", "2")
                .put("max-size", Long.toString(Math.max(4096, limits.logBytes() / 2)));
    }

    private static void mounts(ArrayNode mounts, Launch launch) {
        launch.files().ifPresent(files -> bind(mounts, files, "/app", true));
        for (Mount mount : launch.mounts()) {
            bind(mounts, launch.source(mount), mount.target(), !mount.writable());
        }
        launch.spec().door().ifPresent(door -> {
            bind(mounts, door, "/croft", true);
            if (launch.hasOutput()) {
                bind(mounts, door.resolve("output"), "/croft/output", false);
            }
        });
    }

    private static void bind(ArrayNode mounts, Path source, String target, boolean readOnly) {
        mounts.addObject()
                .put("Type", "bind")
                .put("Source", source.toString())
                .put("Target", target)
                .put("ReadOnly", readOnly)
                .putObject("BindOptions")
                .put("Propagation", "rprivate");
    }
}
