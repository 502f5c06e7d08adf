package dev.croft.vault.upload;

import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.store.OpenCapsule;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * Makes unreadable what the data capsule's history holds and the documents no longer do: what lives on is written once more under a new
 * epoch, the data keys of all epochs before it are destroyed, and the view's file is made anew. What remains of the old records are
 * their sequences, times, sizes and hashes, and ciphertext that nobody has a key of.
 *
 * <p>Up to which epoch to shred is durable before anything is done; {@link #finish} goes on after a crash at any point.
 */
public final class Shredding {
    /** Where it stands how far to shred, while that is under way. */
    public static final String SHREDDING = "shredding";

    private static final String EPOCH = "epoch";

    private Shredding() {}

    /** Shreds all that was written to the data capsule up to now and is no document any more. One at a time. */
    public static void shred(DocumentStore documents, OpenCapsule data) {
        var until = new BsonDocument("_id", new BsonString(EPOCH)).append(EPOCH, new BsonInt32(data.epoch()));
        documents.upsert(SHREDDING, List.of(until), ReadScope.ALL);
        finish(documents, data);
    }

    /** Does the rest of what a crash cut short, if anything. */
    public static void finish(DocumentStore documents, OpenCapsule data) {
        var found = documents.find(Find.in(SHREDDING), ReadScope.ALL);
        if (found.isEmpty()) {
            return;
        }
        BsonValue until = found.getFirst().get(EPOCH);
        int last = until instanceof BsonInt32 epoch ? epoch.getValue() : -1;
        if (last < 0 || last > data.epoch()) {
            // Not written by shred(), which knows no epoch to come: followed, it would destroy what lives on.
            documents.delete(SHREDDING, Filter.EVERYTHING, 0, ReadScope.ALL);
            return;
        }
        if (data.epoch() == last) {
            data.rotate();
        }
        documents.closeCursors();
        documents.rewrite();
        data.shredUpTo(last);
        documents.renewView();
        documents.delete(SHREDDING, Filter.EVERYTHING, 0, ReadScope.ALL);
    }
}
