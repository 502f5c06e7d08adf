package dev.croft.router.lifecycle;

/**
 * What becomes of one private cloud.
 *
 * @param cloud its id
 * @param action what is done
 * @param reason why
 * @param detail the numbers, in words for people
 */
public record Decision(String cloud, Action action, Reason reason, String detail) {
    /** What can be done. */
    public enum Action {
        /** It stays awake. */
        KEEP,
        /** It sleeps in the shared host, which keeps its key. */
        HIBERNATE,
        /** Its own process ends; the shared host gets its key, sealed. */
        STOP
    }

    /** Why. */
    public enum Reason {
        /** Something is under way in it. */
        IN_USE,
        /** It was used a short while ago, and there is room. */
        RECENTLY_USED,
        /** It was not used for as long as its account's policy says. */
        IDLE,
        /** It was awake for as long as its account's policy says. */
        WALL_CLOCK,
        /** Its account has more awake than its policy says, and this one was unused the longest. */
        ACCOUNT_LIMIT,
        /** Memory is short, its account has the largest share awake, and this one was unused the longest. */
        MEMORY,
        /** A resource of the cluster asks for it. */
        ASKED,
        /** More are awake than the installation allows; chosen as with memory. */
        CROWDED
    }
}
