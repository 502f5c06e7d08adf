package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import dev.croft.capsule.replication.ReplicationException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads records of a capsule's directory with proofs for those who ask a server; the tree for them is made when the first asks. Thread-safe. */
final class ProvenRecords implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ProvenRecords.class.getName());

    private final Path directory;
    private @Nullable Open open;

    /** A reader and the tree over what it reads. */
    private record Open(CapsuleReader reader, CapsuleTree tree) {}

    ProvenRecords(Path directory) {
        this.directory = directory;
    }

    /** {@code framed proof || count × framed sealed body}. */
    byte[] records(long from, long to) {
        Open now = null;
        try {
            now = upToDate();
            return records(now, from, to);
        } catch (CapsuleException | Malformed | ProofChecker.Rejected e) {
            // The files have changed below the reader: scrubbed, or damaged.
            close(now);
            throw new ReplicationException.Unknown("the records cannot be read: " + e.getMessage());
        }
    }

    private static byte[] records(Open now, long from, long to) {
        if (from < 0 || from >= to || to > now.tree().head().size() || to - from > Proof.MOST_RECORDS) {
            throw new ReplicationException.Unknown("no records " + from + " to " + to + " under the head");
        }
        ByteWriter out = new ByteWriter().framed(now.tree().membership(from, to).encoded());
        long bytes = 0;
        for (long sequence = from; sequence < to; sequence++) {
            byte[] sealed = now.reader().sealed(sequence);
            bytes += sealed.length;
            if (bytes > CapsuleOptions.MOST_APPEND_BYTES) {
                throw new ReplicationException.Refused("that is too much at once");
            }
            out.framed(sealed);
        }
        return out.toBytes();
    }

    private synchronized Open upToDate() {
        Open now = open;
        if (now == null) {
            CapsuleReader reader = CapsuleReader.open(directory, null);
            try {
                now = new Open(reader, new CapsuleTree(reader));
            } catch (RuntimeException e) {
                reader.close();
                throw e;
            }
            open = now;
        } else {
            now.reader().refresh();
            now.tree().refresh();
        }
        try {
            now.tree().keep();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the tree over {0} is not kept: {1}", directory, e.getMessage());
        }
        return now;
    }

    private synchronized void close(@Nullable Open failed) {
        if (open != null && (failed == null || failed.equals(open))) {
            open.reader().close();
            open = null;
        }
    }

    /** Lets go of the files; who asks next opens them again. */
    @Override
    public void close() {
        close(null);
    }
}
