package dev.croft.capsule.sim;

import dev.croft.capsule.replication.Fragment;

/** What is under way: a fragment to a server, or its acknowledgement to the writer. */
sealed interface Message {
    int server();

    record Frames(int server, Fragment fragment, int writer) implements Message {}

    record Durable(int server, int writer, long from, long size) implements Message {}
}
