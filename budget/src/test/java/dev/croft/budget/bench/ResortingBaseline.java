package dev.croft.budget.bench;

import dev.croft.budget.scheduling.ResortingQueue;
import dev.croft.budget.scheduling.WaitingQueue;

/** The plain way: sort every waiting claim again at every change. */
public final class ResortingBaseline implements Baseline {
    @Override
    public String name() {
        return "sorting everything again";
    }

    @Override
    public WaitingQueue open(WaitingQueue.Context context) {
        return ResortingQueue.sorted(context);
    }
}
