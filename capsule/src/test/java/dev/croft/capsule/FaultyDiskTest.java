package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static dev.croft.capsule.TestCapsule.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyDiskTest {
    @TempDir
    Path temp;

    /** Writes up to a budget of bytes, then reports a full disk having written part of the request. */
    private static final class FullDisk implements Disk {
        private final Disk real = Disk.system();
        volatile long budget = Long.MAX_VALUE;
        volatile boolean forceFails;
        volatile boolean truncateFails;

        @Override
        public File open(Path path, StandardOpenOption... options) throws IOException {
            File file = real.open(path, options);
            return new File() {
                @Override
                public int read(ByteBuffer into, long offset) throws IOException {
                    return file.read(into, offset);
                }

                @Override
                public void write(ByteBuffer from, long offset) throws IOException {
                    if (from.remaining() > budget) {
                        int fits = (int) budget;
                        budget = 0;
                        file.write(from.slice(from.position(), fits), offset);
                        throw new IOException("No space left on device");
                    }
                    budget -= from.remaining();
                    file.write(from, offset);
                }

                @Override
                public long size() throws IOException {
                    return file.size();
                }

                @Override
                public void truncate(long size) throws IOException {
                    if (truncateFails) {
                        throw new IOException("Input/output error");
                    }
                    file.truncate(size);
                }

                @Override
                public void force() throws IOException {
                    if (forceFails) {
                        throw new IOException("Input/output error");
                    }
                    file.force();
                }

                @Override
                public void close() throws IOException {
                    file.close();
                }
            };
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            real.syncDirectory(directory);
        }
    }

    @Test
    void aFullDiskAcknowledgesNothingAndTheWriterGoesOnOnceThereIsRoom() {
        FullDisk disk = new FullDisk();
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        CapsuleOptions options =
                CapsuleOptions.standard().withSegmentBytes(4096).withDisk(disk);
        List<Long> acknowledged = new ArrayList<>();
        try (CapsuleWriter writer = capsule.create(options)) {
            for (int i = 0; i < 120; i++) {
                disk.budget = i % 3 == 0 ? 37L * i % 1500 : Long.MAX_VALUE;
                long before = writer.size();
                try {
                    writer.append(bodies(i * 10, 4));
                    acknowledged.add(i * 10L);
                } catch (CapsuleException.DiskFailed e) {
                    assertThat(writer.size()).isEqualTo(before);
                }
            }
            assertThat(writer.size()).isEqualTo(4L * acknowledged.size());
            for (int i = 0; i < acknowledged.size(); i++) {
                assertThat(writer.read(4L * i).body()).isEqualTo(body(acknowledged.get(i)));
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(79).hasSizeLessThan(119);
        VerificationReport report = CapsuleVerifier.verify(capsule.directory());
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(4L * acknowledged.size());
    }

    @Test
    void aFailedSyncIsNotAcknowledgedEvenWhenTheCutFailsToo() {
        FullDisk disk = new FullDisk();
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withDisk(disk))) {
            writer.append(body(0));
            disk.forceFails = true;
            assertThatThrownBy(() -> writer.append(body(1))).isInstanceOf(CapsuleException.DiskFailed.class);
            disk.truncateFails = true;
            assertThatThrownBy(() -> writer.append(body(1))).isInstanceOf(CapsuleException.DiskFailed.class);
            assertThat(writer.size()).isEqualTo(1);
            disk.forceFails = false;
            disk.truncateFails = false;
            assertThat(writer.append(body(2))).isEqualTo(1);
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).records()).isEqualTo(2);
    }

    @Test
    void oneFailureReachesEveryThreadOfItsGroupAndNoOther() throws Exception {
        FullDisk disk = new FullDisk();
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        AtomicInteger done = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withDisk(disk))) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> all = new ArrayList<>();
                for (int t = 0; t < 32; t++) {
                    int thread = t;
                    all.add(threads.submit(() -> {
                        for (int i = 0; i < 20; i++) {
                            if (thread == 0) {
                                disk.budget = i % 2 == 0 ? 3000 : Long.MAX_VALUE;
                            }
                            try {
                                writer.append(bodies(i, 2));
                                done.incrementAndGet();
                            } catch (CapsuleException.DiskFailed e) {
                                failed.incrementAndGet();
                            }
                        }
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }
            assertThat(writer.size()).isEqualTo(2L * done.get());
        }
        assertThat(done.get() + failed.get()).isEqualTo(32 * 20);
        assertThat(CapsuleVerifier.verify(capsule.directory()).records()).isEqualTo(2L * done.get());
    }
}
