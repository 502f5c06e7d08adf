package dev.croft.app.server;

/** What is killed besides the router, on some backend. */
interface Victims extends AutoCloseable {
    /** Which part is killed. */
    enum Victim {
        ROUTER,
        PM_HOST,
        SERVICE,
        /** The connections between the router and what it runs on; mended before this is over. */
        LINE
    }

    /** Kills one of them, chosen at random, as soon as there is one. */
    void kill(Victim victim) throws Exception;

    /** While all runs and nothing is killed: nothing is there that nobody knows of. */
    default void nothingUnknown() throws Exception {}

    /** After the last has been stopped: nothing is left. */
    default void nothingLeft() throws Exception {}

    @Override
    default void close() {}
}
