package dev.croft.operator.clouds;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A private cloud as the router has it.
 *
 * @param id 32 hexadecimal digits
 * @param account the id of its account
 * @param state never {@link CloudStatus.State#Absent}
 * @param here whether it is with this router; others look after theirs, in their own namespaces
 * @param inUse whether a request or a service's run is under way
 * @param host its host's name in the router, while it is in one
 * @param pod its host's pod
 * @param madeRoom why it is not to be woken because of a wish now; {@code null} if nothing stands against that
 */
public record Registered(
        String id,
        String account,
        CloudSpec.Hosting hosting,
        CloudStatus.State state,
        boolean here,
        boolean inUse,
        Instant lastUsed,
        @Nullable String host,
        @Nullable String pod,
        String durability,
        @Nullable String madeRoom) {}
