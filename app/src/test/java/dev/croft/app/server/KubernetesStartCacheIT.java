package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Program;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import dev.croft.runtime.watch.WatchedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("kubernetes")
class KubernetesStartCacheIT extends StartCacheSuite {
    @Override
    WatchedRuntime open(Path home, String state) throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path scratch = Files.createTempDirectory(home, "image");
        Path archive = scratch.resolve("image.tar");
        Program.Image base = base(archive, scratch.resolve("jars"));
        KubernetesRuntime runtime = KubernetesRuntime.open(
                home.resolve(state), KubernetesRuntime.Options.of(home).withBase(base));
        runtime.loadIfAbsent(base, archive);
        return runtime;
    }
}
