package dev.croft.router.fleet;

import dev.croft.router.registry.Member;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The routers of this registry as one of them sees them. Thread-safe. */
public interface Fleet {

    /** This router. */
    Member self();

    /** All routers, this one included, as of the last renewal. */
    List<Member> routers();

    /** Who leads, as of the last renewal. */
    Optional<Member> leader();

    /** Whether this router leads. */
    boolean leads();

    /** Whether this router may run its private clouds now: nobody else does. */
    boolean mayServe();

    /** The database's clock, about. */
    Instant now();

    /** Another router is about to be one of these. */
    void joined();

    /** The router of that name. */
    default Optional<Member> find(String name) {
        return routers().stream().filter(router -> router.name().equals(name)).findFirst();
    }

    /** Whether there is no other. */
    default boolean isAlone() {
        return routers().size() == 1;
    }

    /** The one router over an embedded registry. */
    static Fleet alone(Member self) {
        return new Fleet() {
            @Override
            public Member self() {
                return self;
            }

            @Override
            public List<Member> routers() {
                return List.of(self);
            }

            @Override
            public Optional<Member> leader() {
                return Optional.of(self);
            }

            @Override
            public boolean leads() {
                return true;
            }

            @Override
            public boolean mayServe() {
                return true;
            }

            @Override
            public Instant now() {
                return Instant.now();
            }

            @Override
            public void joined() {
                throw new IllegalStateException("an embedded registry has one router");
            }
        };
    }
}
