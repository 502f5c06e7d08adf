package dev.croft.capsule.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsulePublisherTest {
    @TempDir
    Path temp;

    private CapsuleWriter writer;
    private CapsuleReader reader;

    @BeforeEach
    void create() {
        SigningKey key = SigningKey.generate();
        ReaderKey readerKey = ReaderKey.generate();
        var metadata = CapsuleMetadata.create(key.verifyingKey(), key.verifyingKey(), "stream");
        writer = CapsuleWriter.create(temp.resolve("c"), metadata, key, List.of(readerKey.publicKey()));
        reader = CapsuleReader.open(temp.resolve("c"), readerKey);
    }

    @AfterEach
    void close() {
        reader.close();
        writer.close();
    }

    private void append(int from, int count) {
        writer.append(IntStream.range(from, from + count)
                .mapToObj(n -> ByteBuffer.allocate(4).putInt(n).array())
                .toList());
    }

    /** Notes what comes, and requests only when told. */
    private static final class Noting implements Flow.Subscriber<CapsuleRecord> {
        final List<Long> seen = new CopyOnWriteArrayList<>();
        volatile Flow.@Nullable Subscription subscription;
        volatile boolean complete;
        volatile @Nullable Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(CapsuleRecord record) {
            assertThat(ByteBuffer.wrap(record.body()).getInt()).isEqualTo((int) record.sequence());
            seen.add(record.sequence());
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onComplete() {
            complete = true;
        }

        Flow.Subscription subscription() {
            await().atMost(Duration.ofSeconds(90)).until(() -> subscription != null);
            return Objects.requireNonNull(subscription);
        }
    }

    @Test
    void everySubscriberGetsEveryRecordInOrderAtItsOwnPaceAndNoneUnasked() {
        append(0, 50);
        var publisher = new CapsulePublisher(reader, 10);
        Noting slow = new Noting();
        Noting fast = new Noting();
        publisher.subscribe(slow);
        publisher.subscribe(fast);
        fast.subscription().request(Long.MAX_VALUE);
        await().atMost(Duration.ofSeconds(90)).until(() -> fast.seen.size() == 40);
        append(50, 500);
        await().atMost(Duration.ofSeconds(90)).until(() -> fast.seen.size() == 540);
        assertThat(slow.seen).isEmpty();
        slow.subscription().request(3);
        await().atMost(Duration.ofSeconds(90)).until(() -> slow.seen.size() == 3);
        slow.subscription().request(300);
        await().atMost(Duration.ofSeconds(90)).until(() -> slow.seen.size() == 303);
        assertThat(slow.seen)
                .containsExactlyElementsOf(LongStream.range(10, 313).boxed().toList());
        assertThat(fast.seen)
                .containsExactlyElementsOf(LongStream.range(10, 550).boxed().toList());
        slow.subscription().cancel();
        reader.close();
        await().atMost(Duration.ofSeconds(90)).until(() -> fast.complete);
        assertThat(slow.seen).hasSize(303);
        assertThat(slow.complete).isFalse();
        assertThat(fast.failure).isNull();
    }

    @Test
    void aRequestForNothingIsAnError() {
        Noting noting = new Noting();
        new CapsulePublisher(reader, 0).subscribe(noting);
        noting.subscription().request(0);
        await().atMost(Duration.ofSeconds(90)).until(() -> noting.failure instanceof IllegalArgumentException);
    }

    @Test
    void aPastStretchIsPublishedBySizeOrTimeAndEnds() throws Exception {
        append(0, 10);
        Instant middle = reader.refresh().timestamp();
        await().atMost(Duration.ofSeconds(90)).until(() -> Instant.now().isAfter(middle.plusMillis(2)));
        append(10, 10);
        reader.refresh();
        record Case(CapsulePublisher publisher, List<Long> expected) {}
        for (Case each : List.of(
                new Case(
                        new CapsulePublisher(reader, 3, 7),
                        LongStream.range(3, 7).boxed().toList()),
                new Case(new CapsulePublisher(reader, 4, 4), List.of()),
                new Case(
                        CapsulePublisher.between(reader, Instant.EPOCH, middle),
                        LongStream.range(0, 10).boxed().toList()),
                new Case(
                        CapsulePublisher.between(reader, middle, Instant.now()),
                        LongStream.range(10, 20).boxed().toList()))) {
            Noting noting = new Noting();
            each.publisher.subscribe(noting);
            await().atMost(Duration.ofSeconds(90)).until(() -> noting.subscription != null);
            Flow.Subscription given = noting.subscription;
            if (given != null) {
                given.request(100);
            }
            await().atMost(Duration.ofSeconds(90)).until(() -> noting.complete);
            assertThat(noting.seen).isEqualTo(each.expected);
        }
        Noting later = new Noting();
        CapsulePublisher.since(reader, middle).subscribe(later);
        await().atMost(Duration.ofSeconds(90)).until(() -> later.subscription != null);
        Flow.Subscription given = later.subscription;
        if (given != null) {
            given.request(100);
        }
        append(20, 1);
        await().atMost(Duration.ofSeconds(90)).until(() -> later.seen.size() == 11);
        assertThat(later.complete).isFalse();
    }
}
