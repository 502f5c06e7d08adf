package dev.croft.budget.simulation;

import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.Scheduler;

/**
 * Plays a workload to a scheduler. Blocks, ends of life, ends of patience, ticks and arrivals are each in order of time
 * already, so the next event is the least of five; everything at one instant is handed over before it is settled.
 */
final class EventLoop {
    private final Workload workload;
    private final boolean ticking;
    private final boolean retiring;

    /**
     * @param ticking whether the policy goes by the clock
     * @param retiring whether blocks retire at the end of {@link Workload#blockLife}
     */
    EventLoop(Workload workload, boolean ticking, boolean retiring) {
        this.workload = workload;
        this.ticking = ticking;
        this.retiring = retiring;
    }

    /** @return how many events happened: blocks, retirements, ticks, arrivals and ends of patience */
    long play(Scheduler scheduler, Outcomes outcomes) {
        double[] created = workload.blockCreated();
        double[] arrivals = workload.arrivals();
        double timeout = workload.timeout();
        int block = 0;
        int life = 0;
        int arrival = 0;
        int patience = 0;
        long tick = 0;
        long events = 0;
        while (true) {
            double nextBlock = block < created.length ? created[block] : Double.POSITIVE_INFINITY;
            double nextLife =
                    retiring && life < block ? created[life] + workload.blockLife() : Double.POSITIVE_INFINITY;
            double nextArrival = arrival < arrivals.length ? arrivals[arrival] : Double.POSITIVE_INFINITY;
            double nextPatience = patience < arrival ? arrivals[patience] + timeout : Double.POSITIVE_INFINITY;
            double nextTick = ticking ? tick * workload.tick() : Double.POSITIVE_INFINITY;
            double now =
                    Math.min(Math.min(nextBlock, nextLife), Math.min(nextArrival, Math.min(nextPatience, nextTick)));
            if (!(now < workload.duration())) return events;
            outcomes.at(now);
            events++;
            if (nextBlock == now) {
                scheduler.blockCreated(workload.blockTotal(), now);
                block++;
            } else if (nextLife == now) {
                scheduler.blockRetired(life++);
            } else if (nextPatience == now) {
                if (outcomes.outcome(patience) == Outcomes.Outcome.WAITING)
                    scheduler.expired(workload.claims().get(patience));
                patience++;
            } else if (nextTick == now) {
                scheduler.tick(now);
                tick++;
            } else {
                Claim claim = workload.claims().get(arrival++);
                scheduler.arrived(claim, now);
            }
            if (!moreAt(now, block, life, arrival, patience, tick)) scheduler.settle();
        }
    }

    private boolean moreAt(double now, int block, int life, int arrival, int patience, long tick) {
        double[] created = workload.blockCreated();
        double[] arrivals = workload.arrivals();
        return (block < created.length && created[block] == now)
                || (retiring && life < block && created[life] + workload.blockLife() == now)
                || (arrival < arrivals.length && arrivals[arrival] == now)
                || (patience < arrival && arrivals[patience] + workload.timeout() == now)
                || (ticking && tick * workload.tick() == now);
    }
}
