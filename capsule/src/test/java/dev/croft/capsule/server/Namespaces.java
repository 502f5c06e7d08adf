package dev.croft.capsule.server;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Network namespaces of one test: one for each node, and one with a bridge to which they are wired. Nothing in the machine's own network is touched.
 * Takes root.
 */
final class Namespaces implements AutoCloseable {
    private final String prefix =
            "cf" + Long.toHexString(ProcessHandle.current().pid()) + "-";
    private final int nodes;

    Namespaces(int nodes) throws IOException, InterruptedException {
        this.nodes = nodes;
        try {
            must("ip", "netns", "add", name("sw"));
            must("ip", "-n", name("sw"), "link", "add", "br0", "type", "bridge");
            must("ip", "-n", name("sw"), "link", "set", "br0", "up");
            for (int i = 0; i < nodes; i++) {
                must("ip", "netns", "add", name(i));
                must(
                        "ip",
                        "-n",
                        name("sw"),
                        "link",
                        "add",
                        "v" + i,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "eth0",
                        "netns",
                        name(i));
                must("ip", "-n", name("sw"), "link", "set", "v" + i, "master", "br0", "up");
                must("ip", "-n", name(i), "addr", "add", address(i) + "/24", "dev", "eth0");
                must("ip", "-n", name(i), "link", "set", "eth0", "up");
                must("ip", "-n", name(i), "link", "set", "lo", "up");
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether this machine lets us make any. */
    static boolean permitted() throws InterruptedException {
        try {
            String probe = "cf" + ProcessHandle.current().pid() + "-probe";
            boolean made = run("ip", "netns", "add", probe) == 0;
            return run("ip", "netns", "del", probe) == 0 && made;
        } catch (IOException e) {
            return false;
        }
    }

    private String name(Object node) {
        return prefix + node;
    }

    String address(int node) {
        return "10.77.0." + (10 + node);
    }

    /** What runs a command in a node. */
    List<String> in(int node) {
        return List.of("ip", "netns", "exec", name(node));
    }

    void cut(int node) throws IOException, InterruptedException {
        must("ip", "-n", name("sw"), "link", "set", "v" + node, "down");
    }

    void mend(int node) throws IOException, InterruptedException {
        must("ip", "-n", name("sw"), "link", "set", "v" + node, "up");
    }

    /** Delays, loses and narrows what goes to a node, or only narrows it; false when the kernel can do neither. */
    boolean shape(int node) throws IOException, InterruptedException {
        String link = "v" + node;
        return run(
                                "tc",
                                "-n",
                                name("sw"),
                                "qdisc",
                                "replace",
                                "dev",
                                link,
                                "root",
                                "netem",
                                "delay",
                                "15ms",
                                "5ms",
                                "loss",
                                "1%",
                                "rate",
                                "50mbit")
                        == 0
                || run(
                                "tc",
                                "-n",
                                name("sw"),
                                "qdisc",
                                "replace",
                                "dev",
                                link,
                                "root",
                                "tbf",
                                "rate",
                                "50mbit",
                                "burst",
                                "64kb",
                                "latency",
                                "50ms")
                        == 0;
    }

    /** Lets no more than this through to a node until {@link #shape} is called again, for example {@code 2mbit}; false when the kernel cannot. */
    boolean narrow(int node, String rate) throws IOException, InterruptedException {
        return run(
                        "tc",
                        "-n",
                        name("sw"),
                        "qdisc",
                        "replace",
                        "dev",
                        "v" + node,
                        "root",
                        "tbf",
                        "rate",
                        rate,
                        "burst",
                        "16kb",
                        "latency",
                        "200ms")
                == 0;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " does not end");
        }
        return process.exitValue();
    }

    private static void must(String... command) throws IOException, InterruptedException {
        if (run(command) != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (int i = 0; i < nodes; i++) {
            run("ip", "netns", "del", name(i));
        }
        run("ip", "netns", "del", name("sw"));
    }
}
