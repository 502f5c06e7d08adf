package dev.croft.app.server;

import dev.croft.runtime.process.ProcessRuntime;
import dev.croft.runtime.watch.WatchedRuntime;
import java.nio.file.Path;

class ProcessStartCacheIT extends StartCacheSuite {
    @Override
    WatchedRuntime open(Path home, String state) {
        return ProcessRuntime.open(home.resolve(state));
    }
}
