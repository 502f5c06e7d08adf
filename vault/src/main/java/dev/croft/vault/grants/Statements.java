package dev.croft.vault.grants;

import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.ServiceEntry;
import dev.croft.vault.api.ServiceStatement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a publisher's statement of a service means beside an owner's grant. */
public final class Statements {
    private static final List<String> READING = List.of(Operations.FIND, Operations.COUNT, Operations.DISTINCT);
    private static final List<String> WRITING =
            List.of(Operations.INSERT, Operations.UPSERT, Operations.UPDATE, Operations.REPLACE, Operations.DELETE);

    private Statements() {}

    /** @throws ProblemException {@link ProblemCode#GRANT_FORBIDS} if a service says that it reads or writes what the grant does not let it */
    static void requireWithin(ServiceStatement statement, Grant grant) {
        statement.collectionsRead().forEach(collection -> require(grant, READING, collection, "reads"));
        statement.collectionsWritten().forEach(collection -> require(grant, WRITING, collection, "writes"));
    }

    private static void require(Grant grant, List<String> operations, String collection, String does) {
        if (operations.stream().noneMatch(operation -> grant.allows(operation, collection))) {
            throw new ProblemException(
                    ProblemCode.GRANT_FORBIDS,
                    "the service says that it " + does + " " + collection + ", which the grant does not allow");
        }
    }

    /** The statement that a service is held to at its door: that of the publisher whom its grant names. */
    public static @Nullable ServiceStatement holding(DoorRequest wanted, Grant grant) {
        ServiceEntry entry = wanted.entry();
        return entry != null && grant.holder() instanceof Holder.ServiceHolder service && service.publisher() != null
                ? entry.statement()
                : null;
    }

    /** The grant for no more than the service says it reads and writes. What touches no collection stays as the grant has it. */
    public static Grant narrowed(Grant grant, ServiceStatement statement) {
        Set<String> collections = new HashSet<>(statement.collectionsRead());
        collections.addAll(statement.collectionsWritten());
        Set<String> operations = new HashSet<>();
        grant.operations().stream()
                .filter(operation -> {
                    String plain = operation.split("@", 2)[0];
                    return !READING.contains(plain) && !WRITING.contains(plain);
                })
                .forEach(operations::add);
        for (String collection : statement.collectionsRead()) {
            keep(grant, READING, collection, operations);
        }
        for (String collection : statement.collectionsWritten()) {
            keep(grant, WRITING, collection, operations);
        }
        if (operations.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.GRANT_FORBIDS, "the service says that it neither reads nor writes anything");
        }
        return new Grant(
                grant.id(),
                grant.cloud(),
                grant.holder(),
                collections,
                grant.fields(),
                grant.span(),
                operations,
                grant.epsilonCeiling(),
                grant.notBefore(),
                grant.expires(),
                grant.note());
    }

    private static void keep(Grant grant, List<String> operations, String collection, Set<String> kept) {
        operations.stream()
                .filter(operation -> grant.allows(operation, collection))
                .forEach(operation -> kept.add(operation + "@" + collection));
    }

    /** Who signed a service, for the audit; empty if nobody did. */
    public static String signer(DoorRequest wanted) {
        ServiceEntry entry = wanted.entry();
        return entry == null ? "" : ", signed by " + entry.statement().signer();
    }
}
