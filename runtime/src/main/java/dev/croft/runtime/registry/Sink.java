package dev.croft.runtime.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Takes a body of at most so many bytes; its value is how many there were. Whoever sends more is cut off. Closes the stream. */
final class Sink implements HttpResponse.BodySubscriber<Long> {
    private final OutputStream out;
    private final long most;
    private final AtomicLong moved;
    private final LongConsumer watcher;
    private final CompletableFuture<Long> length = new CompletableFuture<>();
    private long taken;
    private Flow.@Nullable Subscription subscription;

    Sink(OutputStream out, long most, AtomicLong moved, LongConsumer watcher) {
        this.watcher = watcher;
        this.out = out;
        this.most = most;
        this.moved = moved;
    }

    @Override
    public CompletionStage<Long> getBody() {
        return length;
    }

    @Override
    public void onSubscribe(Flow.Subscription with) {
        subscription = with;
        with.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (subscription == null || length.isDone()) {
            return;
        }
        try {
            for (ByteBuffer buffer : buffers) {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                taken += bytes.length;
                if (taken > most) {
                    throw new RegistryException.Misbehaved("the registry sends more than it should");
                }
                out.write(bytes);
                moved.addAndGet(bytes.length);
                watcher.accept(bytes.length);
            }
            subscription.request(1);
        } catch (IOException e) {
            subscription.cancel();
            end(new UncheckedIOException(e)); // our disk's fault and not the line's
        } catch (RegistryException e) {
            subscription.cancel();
            end(e);
        }
    }

    @Override
    public void onError(Throwable e) {
        end(e);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    /** What was written is in the file before anybody hears of the end. */
    private void end(@Nullable Throwable failure) {
        Throwable why = failure;
        try {
            out.close();
        } catch (IOException e) {
            why = failure == null ? new UncheckedIOException(e) : failure;
        }
        if (why == null) {
            length.complete(taken);
        } else {
            length.completeExceptionally(why);
        }
    }
}
