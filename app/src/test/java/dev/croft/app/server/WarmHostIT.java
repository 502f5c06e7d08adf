package dev.croft.app.server;

import org.junit.jupiter.api.parallel.ResourceLock;

/** As processes of this machine. */
@ResourceLock("installation")
class WarmHostIT extends WarmHostSuite {
    @Override
    Backend backend() {
        return Backend.PROCESS;
    }
}
