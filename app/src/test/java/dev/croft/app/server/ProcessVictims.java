package dev.croft.app.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Processes of this machine, killed with SIGKILL. */
final class ProcessVictims implements Victims {
    private final Home home;
    private final Supplier<String> servicesOf;
    private final Random random;

    /** @param servicesOf the private cloud on which services run */
    ProcessVictims(Home home, Supplier<String> servicesOf, Random random) {
        this.home = home;
        this.servicesOf = servicesOf;
        this.random = random;
    }

    @Override
    public void kill(Victim victim) {
        await().atMost(KillIT.SOON).pollInterval(Duration.ofMillis(5)).until(() -> {
            List<ProcessHandle> all =
                    new ArrayList<>(ProcessHandle.allProcesses().toList());
            Collections.shuffle(all, random);
            for (ProcessHandle process : all) {
                if (isOurs(process.pid(), victim) && process.destroyForcibly()) {
                    return true;
                }
            }
            return false;
        });
    }

    /**
     * The host by the folder in its arguments, a service by the private cloud in its environment, or, if it waited to be claimed, by the
     * directory that it sees and what is in there: all are this test's own.
     */
    private boolean isOurs(long pid, Victim victim) {
        Path of = Path.of("/proc", Long.toString(pid));
        try {
            String command = Files.readString(of.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            if (!command.startsWith("java\0") && !command.contains("/bin/java\0")) {
                return false;
            }
            if (victim == Victim.PM_HOST) {
                return command.contains(HostMain.class.getName())
                        && command.contains(home.root().toString())
                        && !command.contains("bwrap");
            }
            String environment = Files.readString(of.resolve("environ"), StandardCharsets.ISO_8859_1);
            return environment.contains("CROFT_CLOUD=" + servicesOf.get())
                    || environment.contains("CROFT_WAIT=")
                            && wasClaimed(environment + Files.readString(of.resolve("mountinfo")));
        } catch (IOException gone) {
            return false;
        }
    }

    /** Whether one of the slots of this installation is in what is known of a process, and a launch's token in that slot. */
    private boolean wasClaimed(String known) throws IOException {
        if (!Files.isDirectory(home.warm())) {
            return false;
        }
        try (Stream<Path> slots = Files.list(home.warm())) {
            return slots.anyMatch(
                    slot -> known.contains("/" + slot.getFileName()) && Files.exists(slot.resolve("token")));
        }
    }
}
