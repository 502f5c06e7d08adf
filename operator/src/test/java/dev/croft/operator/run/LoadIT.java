package dev.croft.operator.run;

import java.nio.file.Path;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@link Load} on a real cluster. Needs {@code -Pkubernetes}. */
@ResourceLock("kubernetes")
class LoadIT extends Load {
    @Override
    TestCluster cluster(Path temporary) throws Exception {
        return TestCluster.open();
    }
}
