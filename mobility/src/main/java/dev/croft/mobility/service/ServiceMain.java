package dev.croft.mobility.service;

import dev.croft.mobility.count.RegionException;
import dev.croft.mobility.metrics.MetricException;
import java.util.function.Consumer;

/** What every service's {@code main} does: run, and end with a status that says how it went. */
final class ServiceMain {
    private ServiceMain() {}

    static void run(Consumer<Launch> service) {
        System.exit(status(service));
    }

    /** 0 done, 1 a fault of ours, 3 bad input, 4 refused by the door, 6 no door. */
    static int status(Consumer<Launch> service) {
        try {
            service.accept(Launch.fromEnvironment());
            return 0;
        } catch (ServiceException e) {
            System.err.println(e.getMessage());
            return e.status();
        } catch (MetricException | RegionException e) {
            System.err.println("input.json: " + e.getMessage());
            return 3;
        } catch (RuntimeException e) {
            // Only the kind of fault: its message might hold a person's data, and logs leave the sandbox.
            System.err.println("failed: " + e.getClass().getName() + " at " + e.getStackTrace()[0]);
            return 1;
        }
    }
}
