package dev.croft.budget.claims;

/** A block's account, in steps. */
final class Block {
    final BlockSpec spec;
    final int number;
    final double[] total;
    final double[] allocated;
    final double[] consumed;
    boolean retired;
    boolean deleted;
    /** Claims that wait for it or hold some of it. */
    int open;

    Block(BlockSpec spec, int number, double[] total) {
        this.spec = spec;
        this.number = number;
        this.total = total;
        this.allocated = new double[total.length];
        this.consumed = new double[total.length];
    }

    BlockView.State state() {
        if (deleted) return BlockView.State.DELETED;
        return retired ? BlockView.State.RETIRED : BlockView.State.OPEN;
    }

    /** @param unlocked what is unlocked and not given away */
    BlockView view(double[] unlocked) {
        double[] locked = total.clone();
        Steps.add(locked, unlocked, -1);
        Steps.add(locked, allocated, -1);
        Steps.add(locked, consumed, -1);
        return new BlockView(spec, state(), total.clone(), locked, unlocked, allocated.clone(), consumed.clone());
    }
}
