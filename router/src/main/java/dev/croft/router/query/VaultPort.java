package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.RouterException;
import dev.croft.router.fleet.Reach;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.RelayException;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UnreachableException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Permission managers as {@link Reach} finds them, asked under the grants that owners enrolled, with the coordinator's key. */
public final class VaultPort implements PmPort {

    // What says nothing about the request itself: asked again later, it may well be answered.
    private static final Set<ProblemCode> PASSING =
            EnumSet.of(ProblemCode.INTERNAL, ProblemCode.OVERLOADED, ProblemCode.PROOF_STALE);

    private final Registry registry;
    private final Reach reach;
    private final SigningKey key;

    public VaultPort(Registry registry, Reach reach, SigningKey key) {
        this.registry = registry;
        this.reach = reach;
        this.key = key;
    }

    @Override
    public List<Enrolment> enrolled(String computation) {
        return registry.queries().enrolled(computation);
    }

    @Override
    public Outcome<Offer> offer(Ask ask) {
        Outcome<Query.Offer> outcome = call(ask, cloud -> cloud.offer(ask.legId(), request(ask)));
        return switch (outcome) {
            case Outcome.Done<Query.Offer>(Query.Offer offer) ->
                !offer.takesPart()
                        ? new Outcome.Refused<>(offer.reason() == null ? "no-reason" : offer.reason())
                        // Whoever asks more than the noise is worth does not take part.
                        : offer.epsilon().nanos() != ask.epsilonNanos()
                                ? new Outcome.Refused<>("other-price")
                                : new Outcome.Done<>(new Offer(offer.sensitivity(), offer.digest()));
            case Outcome.Refused<Query.Offer>(String code) -> new Outcome.Refused<>(code);
            case Outcome.Unreachable<Query.Offer> _ -> new Outcome.Unreachable<>();
        };
    }

    @Override
    @SuppressWarnings("NullAway") // Void has no other value
    public Outcome<Void> reserve(Ask ask) {
        return call(ask, cloud -> {
            cloud.reserve(ask.legId(), request(ask));
            return null;
        });
    }

    @Override
    public Outcome<Long> run(Ask ask) {
        return call(ask, cloud -> cloud.run(ask.legId(), request(ask)).value());
    }

    @Override
    public Outcome<Settled> commit(Ask ask) {
        return settled(call(ask, cloud -> how(cloud.commit(ask.legId()))));
    }

    @Override
    public Outcome<Settled> refund(Ask ask) {
        return settled(call(ask, cloud -> how(cloud.refund(ask.legId()))));
    }

    private static Settled how(Query.Settlement settlement) {
        return settlement.outcome().equals("committed") ? Settled.COMMITTED : Settled.RELEASED;
    }

    private static Outcome<Settled> settled(Outcome<Settled> outcome) {
        if (outcome instanceof Outcome.Refused<Settled>(String code)) {
            if (code.equals(ProblemCode.ALREADY_ANSWERED.code())) {
                return new Outcome.Done<>(Settled.COMMITTED);
            }
            if (code.equals(ProblemCode.NOT_RESERVED.code())) {
                return new Outcome.Done<>(Settled.RELEASED);
            }
            if (code.equals(ProblemCode.LOCKED.code())) {
                return new Outcome.Unreachable<>();
            }
        }
        return outcome;
    }

    private static Query.Request request(Ask ask) {
        return new Query.Request(ask.computation(), ask.params(), new Epsilon(ask.epsilonNanos()), ask.expires());
    }

    private <T> Outcome<T> call(Ask ask, Function<CloudClient, T> what) {
        String id = ask.enrolment().cloudId();
        Optional<PrivateCloud> cloud = registry.clouds().find(id);
        if (cloud.isEmpty() || cloud.get().state() == PrivateCloud.State.DELETING) {
            return new Outcome.Refused<>(ProblemCode.UNKNOWN_CLOUD.code());
        }
        Signer signer = Signer.holder(id, ask.enrolment().grantId(), key);
        try {
            return new Outcome.Done<>(reach.use(cloud.get(), host -> what.apply(host.as(signer))));
        } catch (ProblemException e) {
            return PASSING.contains(e.code())
                    ? new Outcome.Unreachable<>()
                    : new Outcome.Refused<>(e.code().code());
        } catch (UnreachableException | RelayException | RouterException.Unavailable e) {
            return new Outcome.Unreachable<>();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new RouterException.Broken("a permission manager could not be asked", e);
        }
    }
}
