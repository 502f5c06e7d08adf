package dev.croft.router.registry;

/**
 * The router whose rows these are. Hosts have the same ids on each machine, so in the registry those of a router that joined have its
 * name before them.
 */
record Site(String router) {

    String stored(String hostId) {
        return router.equals(Member.FIRST) ? hostId : router + ":" + hostId;
    }

    String local(String storedId) {
        return router.equals(Member.FIRST) ? storedId : storedId.substring(router.length() + 1);
    }
}
