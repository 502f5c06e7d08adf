package dev.croft.operator.run;

import java.io.IOException;
import java.nio.file.Path;

/** {@link Load} with an API server in memory: the operators are real processes and are really killed. */
class MemoryLoadIT extends Load {
    @Override
    TestCluster cluster(Path temporary) throws IOException {
        return TestCluster.inMemory(temporary);
    }
}
