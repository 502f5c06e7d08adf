package dev.croft.operator.clouds;

import java.util.List;
import java.util.Set;

/** The router, as far as resources of private clouds can ask anything of it. Thread-safe. */
public interface Router {
    /** All private clouds. */
    List<Registered> clouds();

    /** Wakes one; one whose owner's key no host has stays locked. */
    void wake(String id);

    /** Puts one to sleep, unless it is in use. */
    void sleep(String id, String why);

    /** Moves one that is locked to another kind of host, unless it is in use. */
    void move(String id, CloudSpec.Hosting to);

    /** Lets these, and no others from before, stay awake however idle they are. */
    void hold(Set<String> ids);
}
