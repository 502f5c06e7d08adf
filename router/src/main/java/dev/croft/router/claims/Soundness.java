package dev.croft.router.claims;

import dev.croft.budget.books.Books;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.Composition;
import dev.croft.router.RouterException;

/** What must be true of every block's account, whatever happened: checked at each start. */
final class Soundness {

    private Soundness() {}

    /** @throws RouterException.Broken naming the first block that does not add up or is overspent */
    static void check(Books books) {
        books.blocks().forEach(block -> {
            if (!isSound(block)) {
                throw new RouterException.Broken(
                        "the account of block " + block.spec().id() + " is not sound", null);
            }
        });
    }

    static boolean isSound(BlockView block) {
        boolean all = Composition.of(block.spec().total()) instanceof Composition.EpsilonDelta;
        int within = 0;
        for (int i = 0; i < block.total().length; i++) {
            double given = block.allocated()[i] + block.consumed()[i];
            if (block.locked()[i] + block.unlocked()[i] + given != block.total()[i]
                    || block.locked()[i] < 0
                    || block.allocated()[i] < 0
                    || block.consumed()[i] < 0) {
                return false;
            }
            if (given <= block.total()[i]) {
                within++;
            }
        }
        // With Rényi orders the guarantee holds at whichever order has room.
        return all ? within == block.total().length : within > 0;
    }
}
