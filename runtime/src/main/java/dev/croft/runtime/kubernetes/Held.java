package dev.croft.runtime.kubernetes;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Enforcement.Guarantee;
import dev.croft.runtime.Enforcement.Item;
import dev.croft.runtime.Enforcement.Level;
import java.util.List;

/** What this backend holds pods to. */
final class Held {
    private Held() {}

    /**
     * @param version the API server's
     * @param filter whether services get the filter of {@link SystemCalls}
     * @param groups whether pods' control groups may be written to
     */
    static Enforcement here(String version, boolean filter, boolean groups) {
        return new Enforcement(
                "kubernetes (" + version.replaceAll("[^0-9A-Za-z.+~-]", "") + ")",
                List.of(
                        enforced(
                                Guarantee.FILES,
                                "read-only root, parts of volumes named at launch; /proc/pressure stays open"),
                        either(
                                Guarantee.NETWORK,
                                filter,
                                "no socket but of the Unix domain, by seccomp, and policies that deny all; parts that listen have the"
                                        + " cluster's network",
                                "policies that deny all, which not every cluster's network obeys; the kubelet's folder is not"
                                        + " writable for the filter that would do it"),
                        enforced(Guarantee.PROCESSES, "process and IPC namespaces of the pod"),
                        enforced(Guarantee.PRIVILEGES, "not root; no capabilities, no new privileges"),
                        enforced(
                                Guarantee.SYSTEM_CALLS,
                                filter ? "seccomp, a profile of Croft's" : "seccomp, the engine's profile"),
                        enforced(Guarantee.MEMORY, "control group"),
                        either(
                                Guarantee.PIDS,
                                groups,
                                "the pod's control group, set on the node",
                                "the API has no such limit; only root of the node can set it"),
                        enforced(Guarantee.CPU, "control group"),
                        new Item(
                                Guarantee.WALL_CLOCK,
                                Level.PARTLY,
                                "by the router; while none runs, by the kubelet half a minute later"),
                        new Item(
                                Guarantee.SCRATCH,
                                Level.PARTLY,
                                "in memory and within its memory limit; over its own size the kubelet evicts, in time"),
                        new Item(Guarantee.OUTPUT, Level.PARTLY, "measured twice a second, then killed"),
                        new Item(
                                Guarantee.LOGS,
                                Level.PARTLY,
                                "the last are kept; on the node's disk the kubelet evicts at 512 MiB more, in time"),
                        enforced(
                                Guarantee.DIGEST,
                                "images by digest, compared after the start; files copied, then hashed")));
    }

    private static Item either(Guarantee guarantee, boolean holds, String how, String whyNot) {
        return holds ? enforced(guarantee, how) : new Item(guarantee, Level.NOT_ENFORCED, whyNot);
    }

    private static Item enforced(Guarantee guarantee, String how) {
        return new Item(guarantee, Level.ENFORCED, how);
    }
}
