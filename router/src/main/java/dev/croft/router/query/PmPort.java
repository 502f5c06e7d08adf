package dev.croft.router.query;

import java.time.Instant;
import java.util.List;
import org.bson.BsonDocument;

/**
 * The coordinator's way to permission managers. Every method blocks, may be called from many threads, and is idempotent for the
 * same leg id: asked again, it answers the same and charges nothing twice.
 */
public interface PmPort {

    /**
     * What is asked of one private cloud.
     *
     * @param legId unique for the query and cell
     * @param epsilonNanos the price, in 1e-9 epsilon
     * @param expires when a reservation falls back by itself
     */
    record Ask(
            Enrolment enrolment,
            String legId,
            String computation,
            BsonDocument params,
            long epsilonNanos,
            Instant expires) {}

    /**
     * What a private cloud would do.
     *
     * @param sensitivity by how much one person can change the sum
     * @param digest of the computation's code
     */
    record Offer(long sensitivity, String digest) {}

    /** How a reservation ended. */
    enum Settled {
        /** Paid. */
        COMMITTED,
        /** Given back, expired, or never made: nothing was paid. */
        RELEASED
    }

    /** The private clouds whose owners granted the coordinator this computation. */
    List<Enrolment> enrolled(String computation);

    /** Would it take part? Looks at no data. */
    Outcome<Offer> offer(Ask ask);

    /** Sets budget aside. */
    Outcome<Void> reserve(Ask ask);

    /** Runs and pays; the value is between 0 and the sensitivity. */
    Outcome<Long> run(Ask ask);

    /** Confirms that the answer is used. */
    Outcome<Settled> commit(Ask ask);

    /** Gives the reservation back; what was paid already is {@link Settled#COMMITTED}. */
    Outcome<Settled> refund(Ask ask);
}
