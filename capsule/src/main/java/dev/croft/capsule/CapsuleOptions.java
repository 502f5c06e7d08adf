package dev.croft.capsule;

import java.time.InstantSource;

/**
 * How a capsule is kept.
 *
 * @param segmentBytes a new segment file is begun once one has this many bytes, 4 KiB to 1 GiB
 * @param clock where timestamps come from; a clock that runs backwards is held at the last time given
 * @param disk where segment files live
 */
public record CapsuleOptions(long segmentBytes, InstantSource clock, Disk disk) {
    /** Most bytes in one record's body: 16 MiB. */
    public static final int MOST_RECORD_BYTES = 16 << 20;

    /** Most bytes in the bodies of one call to append: 64 MiB. */
    public static final int MOST_APPEND_BYTES = 64 << 20;

    /** Most records in one call to append. */
    public static final int MOST_APPEND_RECORDS = 1 << 18;

    public CapsuleOptions {
        if (segmentBytes < 4096 || segmentBytes > 1 << 30) {
            throw new IllegalArgumentException("segments have 4 KiB to 1 GiB");
        }
    }

    /** Segments of 64 MiB, the system's clock, the machine's file system. */
    public static CapsuleOptions standard() {
        return new CapsuleOptions(64 << 20, InstantSource.system(), Disk.system());
    }

    public CapsuleOptions withSegmentBytes(long bytes) {
        return new CapsuleOptions(bytes, clock, disk);
    }

    public CapsuleOptions withClock(InstantSource source) {
        return new CapsuleOptions(segmentBytes, source, disk);
    }

    public CapsuleOptions withDisk(Disk other) {
        return new CapsuleOptions(segmentBytes, clock, other);
    }
}
