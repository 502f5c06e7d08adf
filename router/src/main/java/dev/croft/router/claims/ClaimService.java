package dev.croft.router.claims;

import dev.croft.budget.BudgetException;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.Books;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.router.RouterException;
import dev.croft.router.registry.BudgetJournal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks and claims of this router. One thread takes what is asked, decides it in memory, writes all of it to journal and capsule at once
 * and only then answers: what was answered survives, and many decisions share one sync. Reads go the same way, so that nobody sees what
 * may yet be lost. Thread-safe.
 */
public final class ClaimService implements AutoCloseable {

    /** Most questions decided together. */
    private static final int BATCH = 4096;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(ClaimService.class);

    private final Clock clock;
    private final Dpf.Unlocking unlocking;
    private final DecisionLog log;
    private final DurableBooks durable;
    private final BlockingQueue<Question> questions = new ArrayBlockingQueue<>(100_000);
    private final Awaited awaited = new Awaited();
    private final Thread writer;
    private Instant nextTick = Instant.MAX;
    private boolean failed;
    private volatile boolean closed;

    /**
     * Rebuilds the books from the journal, and completes the audit capsule.
     *
     * @param directory of the capsule and the operator's key
     * @param unlocking the same as ever
     * @throws RouterException.Broken if journal and capsule contradict each other
     */
    public ClaimService(BudgetJournal journal, Path directory, Dpf.Unlocking unlocking, Clock clock) {
        this.clock = clock;
        this.unlocking = unlocking;
        this.durable = new DurableBooks(journal, unlocking);
        this.log = DecisionLog.open(directory);
        try {
            durable.load(log);
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
        this.writer = Thread.ofPlatform().name("budget").daemon().start(this::write);
    }

    /**
     * Carries out a command and gives what {@code view} sees right after it, once both are durable.
     *
     * @param actor account that asks
     * @param check looks at the books before, and may refuse
     * @throws InvalidInputException naming the field; nothing has changed
     * @throws RouterException.Unavailable if the journal cannot be written
     */
    public <T> T decide(String actor, BookCommand command, Consumer<Books> check, Function<Books, T> view) {
        return await(begin(actor, command, check, view));
    }

    /** As {@link #decide}, without waiting. */
    public <T> CompletableFuture<T> begin(
            String actor, BookCommand command, Consumer<Books> check, Function<Books, T> view) {
        return begin(
                actor,
                books -> {
                    check.accept(books);
                    return command;
                },
                view);
    }

    /**
     * As {@link #begin(String, BookCommand, Consumer, Function)}, with a command that depends on the books.
     *
     * @param command gives the command, or {@code null} for none
     */
    public <T> CompletableFuture<T> begin(
            String actor, Function<Books, @Nullable BookCommand> command, Function<Books, T> view) {
        var done = new CompletableFuture<T>();
        ask(new Question() {
            @Override
            public Runnable decide(Instant at) {
                try {
                    BookCommand given = command.apply(durable.books());
                    if (given != null) {
                        durable.decide(actor, given, at);
                    }
                    T seen = view.apply(durable.books());
                    return () -> done.complete(seen);
                } catch (InvalidInputException | RouterException e) {
                    return () -> done.completeExceptionally(e);
                }
            }

            @Override
            public void fail(RouterException why) {
                done.completeExceptionally(why);
            }
        });
        return done;
    }

    /** Looks at the books; all that is seen is durable. */
    public <T> T read(Function<Books, T> view) {
        return await(begin("", _ -> null, view));
    }

    /** The claim as soon as it does not wait any more, or as it is after {@code patience}. */
    public ClaimView awaitDecision(String claim, Duration patience) throws InterruptedException {
        var done = new CompletableFuture<ClaimView>();
        ask(awaited.question(claim, done, durable));
        try {
            return done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return read(books -> {
                awaited.forget(claim, done);
                return books.claim(claim).orElseThrow();
            });
        } catch (ExecutionException e) {
            throw unwrap(e);
        }
    }

    /** How many decisions the audit capsule has. */
    public long recorded() {
        return log.size();
    }

    private void ask(Question question) {
        if (closed || !questions.offer(question)) {
            question.fail(new RouterException.Unavailable("the budget takes no more questions now"));
        } else if (closed) {
            failAll();
        }
    }

    /** What was asked, or what refused it. */
    public static <T> T await(CompletableFuture<T> done) {
        try {
            return done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RouterException.Unavailable("interrupted", e);
        } catch (ExecutionException e) {
            throw unwrap(e);
        }
    }

    private static RuntimeException unwrap(ExecutionException e) {
        return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    }

    private void write() {
        List<Question> batch = new ArrayList<>();
        try {
            scheduleTick(now());
            while (!closed) {
                batch.clear();
                Question first = questions.poll(pause(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    questions.drainTo(batch, BATCH - 1);
                }
                carryOut(batch);
            }
        } catch (InterruptedException e) {
            LOG.warn("the budget's writer was interrupted");
        } finally {
            closed = true;
            failAll();
        }
    }

    private long pause() {
        Instant due = durable.books().nextDeadline().orElse(Instant.MAX);
        if (nextTick.isBefore(due)) {
            due = nextTick;
        }
        Instant now = now();
        return due.isAfter(now.plus(LONGEST_PAUSE))
                ? LONGEST_PAUSE.toMillis()
                : Math.max(1, Duration.between(now, due).toMillis() + 1);
    }

    private void carryOut(List<Question> batch) throws InterruptedException {
        try {
            if (failed) {
                durable.load(log);
                failed = false;
                LOG.info("the budget goes on from its journal");
            }
            Instant at = durable.advance(now());
            if (!at.isBefore(nextTick)) {
                durable.decide("router", new BookCommand.Tick(), at);
            }
            List<Runnable> answers = new ArrayList<>(batch.size());
            for (Question question : batch) {
                answers.add(question.decide(at));
            }
            if (durable.dirty()) {
                answers.addAll(awaited.told(durable.moved(), durable.books()));
                durable.store(log);
                scheduleTick(at);
            }
            answers.forEach(Runnable::run);
        } catch (RuntimeException e) {
            // What is in memory may not be what is durable: nothing of it is told, and the next round begins from the
            // journal.
            failed = true;
            LOG.error("the budget's journal failed", e);
            var why = new RouterException.Unavailable("the budget cannot be written now", e);
            batch.forEach(question -> question.fail(why));
            if (!(e instanceof BudgetException) && batch.isEmpty()) {
                TimeUnit.SECONDS.sleep(1);
            }
        }
    }

    private void scheduleTick(Instant now) {
        if (!(unlocking instanceof Dpf.Unlocking.PerTick(double _, double tick))
                || !durable.books().unlocks()) {
            nextTick = Instant.MAX;
        } else if (nextTick.equals(Instant.MAX) || !nextTick.isAfter(now)) {
            nextTick = now.plusMillis(Math.max(1, Math.round(tick * 1000)));
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private void failAll() {
        var gone = new RouterException.Unavailable("the router stops");
        for (Question question = questions.poll(); question != null; question = questions.poll()) {
            question.fail(gone);
        }
    }

    /** Answers nothing more; what was answered is durable. */
    @Override
    public void close() {
        closed = true;
        // Wakes the writer if nobody asks.
        questions.offer(Question.NOTHING);
        try {
            writer.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
    }
}
