package dev.croft.app.server;

/** As processes of this machine. */
class WarmHostIT extends WarmHostSuite {
    @Override
    Backend backend() {
        return Backend.PROCESS;
    }
}
