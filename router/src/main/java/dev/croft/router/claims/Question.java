package dev.croft.router.claims;

import dev.croft.router.RouterException;
import java.time.Instant;

/** Something asked of the budget's writer. */
interface Question {

    /** Asked and answered without a word: wakes the writer. */
    Question NOTHING = new Question() {
        @Override
        public Runnable decide(Instant at) {
            return () -> {};
        }

        @Override
        public void fail(RouterException why) {}
    };

    /** Asked in the writer's thread; what it returns is run when everything before it is durable. */
    Runnable decide(Instant at);

    void fail(RouterException why);
}
