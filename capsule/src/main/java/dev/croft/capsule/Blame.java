package dev.croft.capsule;

import java.io.IOException;
import java.util.Arrays;

/**
 * Tells which frame was changed when a scan meets one that does not follow: often the one before it, or a heartbeat that nobody
 * signed.
 *
 * @param cursor on the frame that does not follow
 * @param lastHeartbeat where in the segment the last heartbeat passed stands; negative when none was
 */
record Blame(SegmentFiles files, long segment, Chain chain, FrameCursor cursor, long lastHeartbeat) {
    /**
     * The fault, at the frame that was changed where that can be told from the one that reveals it.
     *
     * @param lastRecord where the record before stands; negative when there is none
     * @param good how many records the last heartbeat passed is over
     */
    LogScan.Fault of(Chain.Broken cause, long lastRecord, long good) throws IOException {
        if (lastHeartbeat >= 0 && cause.flaw != Flaw.SIGNATURE && !chain.signed()) {
            return unsigned(good);
        }
        if (cause.blamesPredecessor && lastRecord >= 0 && (cursor.type() == Frames.HEARTBEAT || successorHolds())) {
            return new LogScan.Fault(
                    cause.flaw,
                    new Position(files.label(segment), lastRecord, chain.size() - 1),
                    "the record is not what the next one, or the heartbeat, says it is");
        }
        return new LogScan.Fault(
                cause.flaw, new Position(files.label(segment), cursor.frameOffset(), chain.size()), cause.detail);
    }

    /** The last heartbeat passed, which is over so many records, is at fault. */
    LogScan.Fault unsigned(long good) {
        return new LogScan.Fault(
                Flaw.SIGNATURE,
                new Position(files.label(segment), lastHeartbeat, good),
                "the heartbeat is not signed by the writer");
    }

    /** Whether the frame behind the current record confirms the current record, so that its predecessor is at fault. */
    private boolean successorHolds() throws IOException {
        byte[] asItStands = new byte[Hash.LENGTH];
        try {
            chain.recordHash(
                    cursor.buffer(),
                    cursor.payload(),
                    cursor.payloadLength(),
                    cursor.type() == Frames.PRUNED,
                    asItStands);
        } catch (Chain.Broken e) {
            return false;
        }
        var ahead = new FrameCursor(files.file(segment), cursor.nextOffset(), LogScan.CHUNK);
        if (ahead.next(files.file(segment).size()) != FrameCursor.Step.FRAME) {
            return true;
        }
        int link = ahead.payload() + (ahead.type() == Frames.HEARTBEAT ? 16 : Frames.PREVIOUS);
        return ahead.payloadLength() >= Frames.POINTERS
                && Arrays.equals(ahead.buffer(), link, link + Hash.LENGTH, asItStands, 0, Hash.LENGTH);
    }
}
