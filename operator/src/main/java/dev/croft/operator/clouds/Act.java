package dev.croft.operator.clouds;

/** What is to be done, at the API server or by the router. Each may fail or be left out: the next look decides anew. */
public sealed interface Act {
    /** The private cloud. */
    String name();

    /** Makes a resource that is not there. */
    record Create(String name, CloudSpec spec) implements Act {}

    /** Sets back what nobody may change, if the resource is still this version. */
    record Correct(String name, String version, CloudSpec spec) implements Act {}

    /** Stores what was seen, if the resource is still this version. */
    record Report(String name, String version, CloudStatus status) implements Act {}

    /** Deletes the resource of a private cloud that its owner has deleted or that has moved to another router, if it is still this one. */
    record Remove(String name, String uid, String version) implements Act {}

    /** The router wakes it. */
    record Wake(String name) implements Act {}

    /** The router puts it to sleep. */
    record Sleep(String name, String why) implements Act {}

    /** The router moves it. */
    record Move(String name, CloudSpec.Hosting to) implements Act {}
}
