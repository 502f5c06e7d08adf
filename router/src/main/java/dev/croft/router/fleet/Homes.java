package dev.croft.router.fleet;

import dev.croft.router.registry.Member;
import dev.croft.router.registry.Members.Stranded;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which router a private cloud is to be at. A new one comes to the router that has fewest for its weight; where several have, to that which
 * wins by the hash of both names, so that routers which decide at the same moment do not all decide alike. Pure.
 */
public final class Homes {

    private Homes() {}

    /** Whether nobody but itself may run a router's private clouds at that time, by the database's clock. */
    public static boolean isHeld(Member router, Instant now) {
        return !router.leaseUntil().isBefore(now);
    }

    /** Those that take private clouds: their lease holds and they give none away; if there are none such, any whose lease holds. */
    public static List<Member> open(Collection<Member> routers, Instant now) {
        List<Member> held =
                routers.stream().filter(router -> isHeld(router, now)).toList();
        List<Member> open = held.stream().filter(router -> !router.draining()).toList();
        return open.isEmpty() ? held : open;
    }

    /**
     * The home of a new private cloud.
     *
     * @param open those to choose from
     * @param load how many private clouds each router has
     */
    public static Optional<Member> choose(String cloud, Collection<Member> open, Map<String, Long> load) {
        return open.stream()
                .min(Comparator.<Member>comparingDouble(
                                router -> (load.getOrDefault(router.name(), 0L) + 1.0) / router.weight())
                        .thenComparing(router -> score(cloud, router.name()))
                        .thenComparing(Member::name));
    }

    /** A number that follows from both names and looks like any other: the finalizer of SplitMix64 over the text's hash. */
    private static long score(String cloud, String router) {
        long mixed = 31L * cloud.hashCode() + router.hashCode();
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /**
     * New homes for what a lost router had: of each private cloud that its replicas can bring back. The others stay with it until it is
     * there again.
     *
     * @param open those to choose from, without the lost one
     */
    public static Map<String, String> rehome(
            Collection<Stranded> stranded, Collection<Member> open, Map<String, Long> load) {
        Map<String, Long> growing = new HashMap<>(load);
        Map<String, String> homes = new TreeMap<>();
        for (Stranded one : stranded) {
            if (one.replicated()) {
                choose(one.cloud(), open, growing).ifPresent(router -> {
                    homes.put(one.cloud(), router.name());
                    growing.merge(router.name(), 1L, Long::sum);
                });
            }
        }
        return homes;
    }
}
