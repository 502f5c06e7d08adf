package dev.croft.vault.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A span that is under way. Where nobody keeps spans, or the trace is not sampled, it only carries its context on. Whoever asks a permission manager
 * or a router from within {@link #call} sends that context along. Thread-safe.
 */
public final class TraceSpan {
    private static final ScopedValue<TraceSpan> CURRENT = ScopedValue.newInstance();

    private final TraceContext context;
    private final @Nullable String parent;
    private final @Nullable Consumer<FinishedSpan> sink;
    private final FinishedSpan.Kind kind;
    private final long began;
    private final long ticks;
    private final Map<String, String> attributes;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile String name;
    private volatile boolean failed;

    private TraceSpan(
            TraceContext context,
            @Nullable String parent,
            String name,
            FinishedSpan.Kind kind,
            @Nullable Consumer<FinishedSpan> sink) {
        this.context = context;
        this.parent = parent;
        this.name = name;
        this.kind = kind;
        this.sink = context.sampled() ? sink : null;
        Instant now = this.sink == null ? Instant.EPOCH : Instant.now();
        this.began = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        this.ticks = System.nanoTime();
        this.attributes = this.sink == null ? Map.of() : new ConcurrentHashMap<>();
    }

    /**
     * The span of a request. A trace that came with it is gone on with, sampled if it was; where nobody keeps spans here none after this is
     * asked to.
     *
     * @param came with the request
     * @param begin whether to sample a trace that begins here
     * @param sink keeps spans that have ended; {@code null}: nobody does
     */
    public static TraceSpan serving(
            @Nullable TraceContext came, boolean begin, String name, @Nullable Consumer<FinishedSpan> sink) {
        TraceContext context =
                came == null ? TraceContext.begin(begin && sink != null) : came.next(came.sampled() && sink != null);
        return new TraceSpan(context, came == null ? null : came.span(), name, FinishedSpan.Kind.SERVER, sink);
    }

    /** Someone else's span, of which what is asked from within is a part. */
    public static TraceSpan of(TraceContext context) {
        return new TraceSpan(context, null, "", FinishedSpan.Kind.INTERNAL, null);
    }

    /** A part of this span. */
    public TraceSpan child(String part) {
        return sink == null
                ? this
                : new TraceSpan(context.next(true), context.span(), part, FinishedSpan.Kind.INTERNAL, sink);
    }

    /** The span in which this code runs; empty: none. */
    public static Optional<TraceSpan> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** Does something as a part of the span in which this code runs, if there is one. */
    public static <T, X extends Throwable> T within(String part, ScopedValue.CallableOp<? extends T, X> what) throws X {
        if (!CURRENT.isBound() || CURRENT.get().sink == null) {
            return what.call();
        }
        return CURRENT.get().child(part).call(what);
    }

    /** Where whoever is asked from here stands. */
    public TraceContext context() {
        return context;
    }

    /** Whether anything is kept of it. */
    public boolean isKept() {
        return sink != null;
    }

    /** Names it better than when it began. */
    public void name(String better) {
        name = better;
    }

    /** A route, a state or a code; nothing that names anybody. */
    public void put(String attribute, String value) {
        if (sink != null) {
            attributes.put(attribute, value);
        }
    }

    /** It did not do what it was for. */
    public void fail() {
        failed = true;
    }

    /** Does something within it, and ends it. */
    public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> what) throws X {
        boolean done = false;
        try {
            T result = run(what);
            done = true;
            return result;
        } finally {
            if (!done) {
                fail();
            }
            end();
        }
    }

    /** Does something within it, which goes on afterwards. */
    public <T, X extends Throwable> T run(ScopedValue.CallableOp<? extends T, X> what) throws X {
        return ScopedValue.where(CURRENT, this).<T, X>call(what::call);
    }

    /** Ends it, if it has not ended. */
    public void end() {
        if (sink != null && !ended.getAndSet(true)) {
            sink.accept(new FinishedSpan(
                    context.trace(),
                    context.span(),
                    parent,
                    name,
                    kind,
                    began,
                    began + (System.nanoTime() - ticks),
                    failed,
                    attributes));
        }
    }
}
