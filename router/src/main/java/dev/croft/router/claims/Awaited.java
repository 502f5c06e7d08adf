package dev.croft.router.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.books.Books;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.router.RouterException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Who waits for which claim's decision. Used in the writer's thread alone. */
final class Awaited {

    private final Map<String, List<CompletableFuture<ClaimView>>> waiting = new HashMap<>();

    /** Answers {@code done} now if the claim does not wait, else as soon as it is decided. */
    Question question(String claim, CompletableFuture<ClaimView> done, DurableBooks durable) {
        return new Question() {
            @Override
            public Runnable decide(Instant at) {
                ClaimView now = durable.books().claim(claim).orElse(null);
                if (now == null) {
                    return () ->
                            done.completeExceptionally(new InvalidInputException("claim.id", Problem.UNKNOWN, claim));
                }
                if (now.state() != ClaimState.WAITING) {
                    return () -> done.complete(now);
                }
                waiting.computeIfAbsent(claim, _ -> new ArrayList<>()).add(done);
                return () -> {};
            }

            @Override
            public void fail(RouterException why) {
                done.completeExceptionally(why);
            }
        };
    }

    /** Nobody waits for {@code done} any more. */
    void forget(String claim, CompletableFuture<ClaimView> done) {
        List<CompletableFuture<ClaimView>> others = waiting.get(claim);
        if (others != null && others.remove(done) && others.isEmpty()) {
            waiting.remove(claim);
        }
    }

    /** Answers for those who wait for one of the claims that moved. */
    List<Runnable> told(List<String[]> moved, Books books) {
        List<Runnable> answers = new ArrayList<>();
        if (waiting.isEmpty()) {
            return answers;
        }
        for (String[] move : moved) {
            List<CompletableFuture<ClaimView>> waited = waiting.remove(move[0]);
            if (waited != null) {
                ClaimView view = books.claim(move[0]).orElseThrow();
                answers.add(() -> waited.forEach(one -> one.complete(view)));
            }
        }
        return answers;
    }
}
