package dev.croft.app.server;

import org.junit.jupiter.api.parallel.ResourceLock;

/** As processes of this machine. */
@ResourceLock("installation")
class WarmHostIT extends WarmHostSuite {
    @Override
    String backend() {
        return "process";
    }

    @Override
    String waited(Home home) {
        return "";
    }

    @Override
    void nothingLeft(Home home) {
        SeveralRoutersIT.awaitNoHosts(home);
    }
}
