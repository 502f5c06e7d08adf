package dev.croft.vault.documents;

import dev.croft.vault.documents.DocumentException.ViewDamaged;
import dev.croft.vault.documents.view.Change;
import dev.croft.vault.documents.view.DocumentView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** The view that follows the log: brought up to date when it lags, thrown away and made again when it is damaged. */
final class LiveView implements AutoCloseable {
    private static final int REPLAY_BATCH = 1_000;

    private final DocumentLog log;
    private final Path file;
    private final byte[] key;
    private final Schema schema;
    /** Held by whoever changes the view or replaces it. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile DocumentView view;
    private volatile boolean closed;

    LiveView(DocumentLog log, Path file, byte[] key, Schema schema) {
        this.log = log;
        this.file = file;
        this.key = key.clone();
        this.schema = schema;
        this.view = openOrMake();
    }

    private DocumentView openOrMake() {
        try {
            DocumentView opened = DocumentView.open(file, key, log.identity(), schema);
            try {
                if (opened.next() > log.next()) {
                    throw new ViewDamaged("the view is ahead of the log", null);
                }
                replay(opened);
                return opened;
            } catch (RuntimeException e) {
                opened.abandon();
                throw e;
            }
        } catch (ViewDamaged _) {
            return make();
        }
    }

    private DocumentView make() {
        try {
            DocumentView.discard(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        DocumentView made = DocumentView.open(file, key, log.identity(), schema);
        try {
            replay(made);
            return made;
        } catch (RuntimeException e) {
            made.abandon();
            throw e;
        }
    }

    private void replay(DocumentView into) {
        List<Change> changes = new ArrayList<>();
        long[] next = {into.next()};
        if (next[0] == log.next()) {
            return;
        }
        boolean fresh = next[0] == 0;
        log.replay(next[0], (sequence, body) -> {
            if (body == null && !fresh) {
                // The record may have deleted what the view still has.
                throw new ViewDamaged("the view is older than the shredding of the log", null);
            }
            if (body == null) {
                into.missed(sequence + 1);
            } else {
                changes.addAll(ChangeCodec.decode(sequence, body));
            }
            next[0] = sequence + 1;
            if (changes.size() >= REPLAY_BATCH) {
                into.apply(List.copyOf(changes), next[0]);
                changes.clear();
            }
        });
        into.apply(changes, next[0]);
    }

    DocumentView view() {
        if (closed) {
            throw new DocumentException.Closed();
        }
        return view;
    }

    /** Reads from the view; if it turns out damaged, once more from the one made anew. */
    <T> T read(Function<DocumentView, T> reading) {
        DocumentView current = view();
        try {
            return reading.apply(current);
        } catch (ViewDamaged _) {
            replace(current);
            return reading.apply(view());
        }
    }

    /** Takes over what was appended to the log. */
    void advance(long first, List<Change> changes, long next) {
        lock.lock();
        try {
            DocumentView current = view();
            try {
                if (current.next() == first) {
                    current.apply(changes, next);
                } else {
                    replay(current);
                }
            } catch (ViewDamaged _) {
                replace(current);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Brings the view up to the log's end, if something was appended that it has not heard of. */
    void catchUp() {
        lock.lock();
        try {
            DocumentView current = view();
            try {
                replay(current);
            } catch (ViewDamaged _) {
                replace(current);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes the view anew, unless that was done already. */
    void replace(DocumentView damaged) {
        lock.lock();
        try {
            if (closed) {
                throw new DocumentException.Closed();
            }
            if (view == damaged) {
                damaged.abandon();
                view = make();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                Arrays.fill(key, (byte) 0);
                try {
                    view.close();
                } catch (ViewDamaged _) {
                    // It will be found damaged, and made anew, when it is opened.
                    view.abandon();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
