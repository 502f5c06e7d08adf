package dev.croft.app.bench;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.query.Enrolment;
import dev.croft.router.query.Outcome;
import dev.croft.router.query.PmPort;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UnreachableException;
import java.util.List;
import java.util.function.Function;

/** The coordinator's way to the private clouds of one host without a router's placement in between. Thread-safe. */
record DirectPort(PmClient host, SigningKey key, List<Enrolment> enrolments) implements PmPort {
    @Override
    public List<Enrolment> enrolled(String computation) {
        return enrolments;
    }

    @Override
    public Outcome<Offer> offer(Ask ask) {
        return call(ask, cloud -> {
            Query.Offer offer = cloud.offer(ask.legId(), request(ask));
            if (!offer.takesPart()) {
                throw new IllegalStateException("a private cloud does not take part: " + offer.reason());
            }
            return new Offer(offer.sensitivity(), offer.digest());
        });
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
        return call(ask, cloud -> how(cloud.commit(ask.legId())));
    }

    @Override
    public Outcome<Settled> refund(Ask ask) {
        return call(ask, cloud -> how(cloud.refund(ask.legId())));
    }

    private static Settled how(Query.Settlement settlement) {
        return settlement.outcome().equals("committed") ? Settled.COMMITTED : Settled.RELEASED;
    }

    private static Query.Request request(Ask ask) {
        return new Query.Request(ask.computation(), ask.params(), new Epsilon(ask.epsilonNanos()), ask.expires());
    }

    private <T> Outcome<T> call(Ask ask, Function<CloudClient, T> what) {
        Signer signer = Signer.holder(ask.enrolment().cloudId(), ask.enrolment().grantId(), key);
        try {
            return new Outcome.Done<>(what.apply(host.as(signer)));
        } catch (ProblemException e) {
            return new Outcome.Refused<>(e.code().code());
        } catch (UnreachableException e) {
            return new Outcome.Unreachable<>();
        }
    }
}
