package dev.croft.router.fleet;

import dev.croft.router.registry.Member;
import dev.croft.router.registry.Members.Beat;
import dev.croft.router.registry.Members.Stranded;
import dev.croft.router.registry.Registry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The leader's care for what lost routers had. */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    private final Registry registry;
    private final AtomicBoolean busy = new AtomicBoolean();

    Orphans(Registry registry) {
        this.registry = registry;
    }

    /** Gives private clouds of routers whose lease has ended new homes, beside the renewals. */
    void look(Beat beat, String leader) {
        List<Member> lost = beat.members().stream()
                .filter(member ->
                        member.epoch() > 0 && !member.name().equals(leader) && !Homes.isHeld(member, beat.now()))
                .toList();
        if (lost.isEmpty() || !busy.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("orphans").start(() -> {
            try {
                lost.forEach(member -> bereave(member, beat));
            } catch (RuntimeException e) {
                LOG.warn("what lost routers had waits: {}", e.toString());
            } finally {
                busy.set(false);
            }
        });
    }

    private void bereave(Member lost, Beat beat) {
        List<Stranded> stranded = registry.members().at(lost.name());
        Map<String, String> homes = Homes.rehome(
                stranded,
                Homes.open(beat.members(), beat.now()),
                registry.clouds().countByHome());
        boolean known = lost.leaseUntil().equals(Instant.EPOCH);
        if (known && homes.isEmpty()) {
            return;
        }
        if (registry.members().bereave(lost, homes, registry.leadership())) {
            LOG.warn(
                    "router {} is lost: {} private clouds have new homes, {} wait for it as they are nowhere else",
                    lost.name(),
                    homes.size(),
                    stranded.size() - homes.size());
            registry.audit().append("router", "router.lost", lost.name() + " " + homes.size() + " moved", "ok");
        }
    }
}
