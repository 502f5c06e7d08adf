package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Enforcement.Guarantee;
import dev.croft.runtime.WorkloadStatus.Reason;
import dev.croft.runtime.WorkloadStatus.State;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A program of a few kilobytes that tries whatever it can think of against the machine, its router and its neighbours. What it reaches it
 * says with a line that begins with REACHED; besides, the test looks at what should not have been touched. See {@link RuntimeSuite}
 * for how a backend runs this. Tokens of other launches and forged grants are tried at real doors by {@code HostileDoorSuite} of the room app.
 */
public abstract class HostileWorkload extends RuntimeSuite {
    private static final String PRELUDE = """
            exec 2>/dev/null
            tcp() { (timeout 2 bash -c "exec 3<>/dev/tcp/$1/$2") && echo "REACHED tcp $1 $2"; }
            udp() { (timeout 2 bash -c "echo knock >/dev/udp/$1/$2"); }
            file() { # what is hidden may be there and empty
              if [ -d "$1" ] || [ -n "$(timeout 2 head -c 1 "$1" | tr '\\0' x)" ]; then echo "REACHED file $1"; fi
            }
            dns() { # a question about example.com, and whether anything answers
              (timeout 3 bash -c "exec 3<>/dev/udp/$1/53; printf '%b' '\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\x07example\\x03com\\0\\0\\x01\\0\\x01' >&3; head -c 1 <&3 >/dev/null") \\
                && echo "REACHED dns $1"
            }
            """;

    /** Addresses of other workloads and of the engine's own parts that something listens on, where the backend has any. */
    protected List<InetSocketAddress> others() throws Exception {
        return List.of();
    }

    private static Set<String> addressesOfThisMachine() throws IOException {
        Set<String> addresses = new LinkedHashSet<>(List.of("127.0.0.1", "::1", "172.17.0.1"));
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .forEach(a -> addresses.add(a.getHostAddress().replaceAll("%.*", "")));
        return addresses;
    }

    private void assumeIsolated() {
        assumeTrue(
                runtime.enforcement().isolated(),
                () -> runtime.enforcement().missing().toString());
    }

    /** The router's port, as whatever else listens on this machine, at every address it has, the engine's bridge among them. */
    @Test
    void nothingOnTheNetworkIsReached() throws Exception {
        assumeIsolated();
        try (ServerSocket loopback = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket everywhere = new ServerSocket(0);
                DatagramSocket datagrams = new DatagramSocket(0)) {
            StringBuilder script = new StringBuilder(PRELUDE);
            for (String address : addressesOfThisMachine()) {
                for (int port : new int[] {loopback.getLocalPort(), everywhere.getLocalPort()}) {
                    script.append("tcp %s %d\n".formatted(address, port));
                }
                script.append("udp %s %d\n".formatted(address, datagrams.getLocalPort()));
            }
            for (InetSocketAddress other : others()) {
                script.append("tcp %s %d\n".formatted(other.getAddress().getHostAddress(), other.getPort()));
            }
            // Metadata services of clouds, an API server where clusters have it, and the world outside.
            for (String place : List.of(
                    "169.254.169.254 80",
                    "169.254.170.2 80",
                    "fd00:ec2::254 80",
                    "10.96.0.1 443",
                    "10.43.0.1 443",
                    "kubernetes.default.svc 443",
                    "host.docker.internal 80",
                    "1.1.1.1 443",
                    "localhost 6443")) {
                script.append("tcp ").append(place).append('\n');
            }
            script.append("""
                    [ -n "$KUBERNETES_SERVICE_HOST" ] && echo REACHED the name of an API server
                    while read word server rest; do [ "$word" = nameserver ] && dns "$server"; done </etc/resolv.conf
                    for server in 127.0.0.11 127.0.0.53 10.96.0.10 8.8.8.8; do dns $server; done
                    curl -s -m 3 http://example.com >/dev/null && echo REACHED example.com
                    curl -sk -m 3 https://169.254.169.254/latest/meta-data/ >/dev/null && echo REACHED metadata
                    while read a b c d e f g path; do case "$path" in @*) echo "REACHED abstract socket $path";; esac; done </proc/net/unix
                    echo done
                    """);
            String said = said(spec(script.toString()));
            assertThat(said).contains("done").doesNotContain("REACHED");
            for (ServerSocket listening : List.of(loopback, everywhere)) {
                listening.setSoTimeout(1);
                assertThatThrownBy(listening::accept).isInstanceOf(SocketTimeoutException.class);
            }
            datagrams.setSoTimeout(1);
            assertThatThrownBy(() -> datagrams.receive(new DatagramPacket(new byte[16], 16)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    /** Secrets of the host, the doors and tokens of others, devices, and whatever in /proc and /sys would be writable. */
    @Test
    void nothingInTheFileSystemButItsOwnIsReached() throws Exception {
        assumeIsolated();
        Path home = Files.createDirectory(temporary.resolve("home"));
        Files.writeString(home.resolve("secret"), "secret");
        Path otherDoor = door();
        Files.writeString(otherDoor.resolve("token"), "token-of-another-launch");
        Path ownDoor = door();
        try (UnixServer other = new UnixServer(otherDoor.resolve("door.sock"));
                UnixServer own = new UnixServer(ownDoor.resolve("door.sock"))) {
            opened(ownDoor);
            StringBuilder script = new StringBuilder(PRELUDE);
            script.append(
                    "curl -s -m 2 --unix-socket %s http://x/ && echo REACHED other door\n".formatted(other.path()));
            for (String path : List.of(
                    home.resolve("secret").toString(),
                    "/croft/../" + home.resolve("secret"),
                    otherDoor.resolve("token").toString(),
                    "/croft/../" + otherDoor.getFileName() + "/token",
                    temporary.resolve("state").toString(),
                    System.getProperty("user.home") + "/.m2",
                    "/etc/shadow",
                    "/var/run/docker.sock",
                    "/run/containerd/containerd.sock",
                    "/var/run/secrets/kubernetes.io/serviceaccount/token",
                    "/sys/kernel/debug/tracing/README",
                    "/dev/sda",
                    "/dev/mem",
                    "/dev/kmsg",
                    "/proc/kcore",
                    "/proc/" + ProcessHandle.current().pid(),
                    "/proc/1/root" + home.resolve("secret"),
                    "/proc/self/root" + home.resolve("secret"))) {
                script.append("file '%s'\n".formatted(path));
            }
            script.append("ln -s / /croft/output/root && cat /croft/output/root%s && echo REACHED by link\n"
                    .formatted(home.resolve("secret")));
            script.append("""
                    for place in / /usr /usr/bin /bin /etc /app /croft /dev /proc /sys /run /var /opt /root /home; do
                      (echo x >$place/hostile) && echo "REACHED write $place"
                    done
                    mount -t tmpfs none /tmp && echo REACHED mount
                    mount -o remount,rw / && echo REACHED remount
                    mount --bind / /tmp && echo REACHED bind
                    unshare -Ur true && echo REACHED user namespace
                    unshare -m true && echo REACHED mount namespace
                    unshare -n true && echo REACHED network namespace
                    busybox mknod /tmp/disk b 8 0 && echo MADE device
                    for n in 'b 8 0' 'b 253 0' 'b 254 0' 'c 1 1' 'c 1 2' 'c 1 4' 'c 1 11'; do
                      busybox mknod "/tmp/$n" $n && (exec 3<>"/tmp/$n") && echo "REACHED device $n"
                    done
                    busybox chroot / true && echo REACHED chroot
                    # Asks rather than writes: where the answer is yes, writing would harm the machine that runs the test.
                    for f in $(find /proc -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune -o -type f -print); do
                      [ -w $f ] && [ ! -c $f ] && [[ $f != LEFT_OPEN ]] && echo REACHED $f
                    done
                    find /sys -type f -writable -print -quit | while read f; do echo REACHED $f; done
                    for f in /proc/self/fd/*; do [ -S $f ] && echo REACHED socket $f; done
                    while read k v; do echo $k $v; done </proc/self/status
                    echo done
                    """.replace("LEFT_OPEN", leftOpen()));
            String said = said(spec(script.toString()).withDoor(ownDoor));
            assertThat(said).contains("done").doesNotContain("REACHED", "secret", "token-of");
            assertThat(said.contains("MADE device")).isEqualTo(makesNodes());
            assertPowerless(said);
            assertThat(own.served()).isZero();
            assertThat(other.served()).isZero();
        }
    }

    /** Whether anyone may make a device's node, though not open it. */
    protected boolean makesNodes() {
        return false;
    }

    /** What the kernel tells a workload of itself, in {@code /proc/self/status}. */
    protected void assertPowerless(String status) {
        assertThat(status).contains("CapEff: 0000000000000000").contains("NoNewPrivs: 1");
        if (enforced(Guarantee.SYSTEM_CALLS)) {
            assertThat(status).contains("Seccomp: 2");
        }
    }

    /** It asks who else runs, and kills all that it can. */
    @Test
    void noProcessButItsOwnIsSeenOrKilled() throws Exception {
        assumeIsolated();
        Process victim = new ProcessBuilder("sleep", "600").start();
        Path door = door();
        WorkloadId neighbour = runtime.launch(beating(door, ":"));
        try {
            runtime.awaitHealthy(neighbour, SOON);
            String said = said(spec(PRELUDE + """
                    kill -9 %d && echo REACHED pid
                    for p in /proc/[0-9]*; do cat $p/comm; done
                    cat /proc/[0-9]*/environ | tr '\\0' '\\n'
                    echo done
                    """.formatted(victim.pid())).withEnvironment(Map.of("MARK", "own")));
            assertThat(said).contains("done").doesNotContain("REACHED", "java", "beat");

            WorkloadSpec killer = spec("trap '' TERM; kill -TERM -1; kill -9 -1; echo alone; sleep 600");
            runtime.launch(killer.withLimits(killer.limits().withWallClock(Duration.ofSeconds(20))));
            await().atMost(SOON)
                    .until(() -> log(killer.id()).contains("alone")
                            || runtime.inspect(killer.id()).state().ended());
            runtime.stop(killer.id(), Duration.ZERO);
            assertThat(victim.isAlive()).isTrue();
            assertBeats(neighbour, door);
        } finally {
            victim.destroyForcibly();
            runtime.stop(neighbour, Duration.ZERO);
        }
    }

    private void assertBeats(WorkloadId neighbour, Path door) {
        assertThat(runtime.inspect(neighbour).state()).isEqualTo(State.HEALTHY);
        Path beat = door.resolve("output/beat");
        String now = read(beat);
        await().atMost(SOON).until(() -> !read(beat).equals(now));
    }

    @Test
    void aForkBombLeavesItsNeighbourRunningAndNothingBehind() {
        assumeTrue(
                runtime.enforcement().level(Guarantee.PIDS) != Enforcement.Level.NOT_ENFORCED,
                () -> String.valueOf(runtime.enforcement().items().get(Guarantee.PIDS.ordinal())));
        Path door = door();
        WorkloadId neighbour = runtime.launch(beating(door, ":"));
        runtime.awaitHealthy(neighbour, SOON);
        Path bombs = door();
        WorkloadSpec bomb = spec("b() { echo $RANDOM >/croft/output/beat; b | b & }; echo begun; b; sleep 600");
        WorkloadId id =
                runtime.launch(bomb.withDoor(bombs).withLimits(bomb.limits().withPids(48)));
        await().atMost(SOON).until(() -> log(id).contains("begun"));
        assertBeats(neighbour, door);
        runtime.stop(id, Duration.ofMillis(200));
        assertThat(runtime.inspect(id).state().ended()).isTrue();
        assertStill(bombs.resolve("output/beat"));
        runtime.stop(neighbour, Duration.ZERO);
    }

    @Test
    void memoryThatItMayNotHaveEndsItAlone() {
        assumeTrue(
                enforced(Guarantee.MEMORY),
                () -> String.valueOf(runtime.enforcement().items().get(Guarantee.MEMORY.ordinal())));
        Path door = door();
        WorkloadId neighbour = runtime.launch(beating(door, ":"));
        runtime.awaitHealthy(neighbour, SOON);
        WorkloadSpec hog = spec("x=x; while :; do x=$x$x; done");
        WorkloadStatus end = run(hog.withLimits(hog.limits().withMemoryBytes(64 * MIB)));
        assertThat(end.state()).isEqualTo(State.FAILED);
        assertThat(end.failure().orElseThrow().reason()).isIn(Reason.MEMORY, Reason.EXIT);
        assertBeats(neighbour, door);
        runtime.stop(neighbour, Duration.ZERO);
    }

    @Test
    void aBusyLoopGetsItsShareOfTheProcessorAndNoMore() {
        assumeTrue(
                enforced(Guarantee.CPU),
                () -> String.valueOf(runtime.enforcement().items().get(Guarantee.CPU.ordinal())));
        WorkloadSpec loop = spec("for i in 1 2; do (while :; do :; done) & done; sleep 3; kill %1 %2; wait; times");
        double used = processorSeconds(loop.withLimits(loop.limits().withCpus(0.2)));
        assertThat(used).isLessThan(1.5); // two processors' worth would be 6 seconds, its share is 0.6
    }

    /** Runs what ends with {@code times}, and tells how much of the processor it had. */
    protected double processorSeconds(WorkloadSpec spec) {
        return Pattern.compile("(\\d+)m([0-9.]+)s")
                .matcher(said(spec))
                .results()
                .mapToDouble(m -> 60 * Double.parseDouble(m.group(1)) + Double.parseDouble(m.group(2)))
                .sum();
    }

    /** It prints without end, and fills its output and its scratch meanwhile. */
    @Test
    void outputWithoutEndIsCutOff() throws Exception {
        Path door = door();
        WorkloadSpec flood = spec("""
                (while :; do head -c 1M /dev/zero | tr '\\0' x; echo; done) &
                (while :; do head -c 32M /dev/zero >/tmp/x; done) 2>/dev/null &
                i=0; while :; do i=$((i+1)); head -c 64K /dev/zero >/croft/output/$i; done
                """);
        Limits limits = flood.limits()
                .withLogBytes(64 * 1024)
                .withOutputBytes(2 * MIB)
                .withScratchBytes(8 * MIB)
                .withWallClock(Duration.ofSeconds(30));
        WorkloadStatus end = run(flood.withDoor(door).withLimits(limits));
        assertThat(end.state()).isEqualTo(State.FAILED);
        assertThat(end.failure().orElseThrow().reason()).isEqualTo(Reason.OUTPUT);
        assertThat(log(flood.id()).length()).isLessThanOrEqualTo(64 * 1024);
        assertStill(door.resolve("output/1"));
    }

    /** The table in docs/runtime.md is what {@link Runtime#enforcement()} says, and names the tests that tried. */
    @Test
    void theTableOfTheDocumentsIsWhatThisBackendEnforces() throws IOException {
        GuaranteeTable table = GuaranteeTable.read();
        List<String> wrong = new ArrayList<>();
        List<String> less = new ArrayList<>();
        for (Enforcement.Item item : runtime.enforcement().items()) {
            String said = table.cell(item.guarantee(), runtime.enforcement().backend());
            String is = GuaranteeTable.cell(item);
            if (!said.equals(is)) {
                boolean machine = item.level() != Enforcement.Level.ENFORCED && said.startsWith("yes");
                (machine ? less : wrong).add(item.guarantee() + ": the table says '" + said + "', it is '" + is + "'");
            }
        }
        assertThat(wrong).isEmpty();
        assumeTrue(less.isEmpty(), () -> "this machine enforces less than is documented: " + less);
    }
}
