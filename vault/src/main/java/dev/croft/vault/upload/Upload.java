package dev.croft.vault.upload;

import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.UploadReport;
import dev.croft.vault.api.UploadReport.RefusedEntry;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.WriteOutcome;
import dev.croft.vault.grants.Caller;
import dev.croft.vault.grants.Scopes;
import dev.croft.vault.spi.EntryFormat;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/**
 * One upload on its way in. Entries are stored in batches, each durable by itself; sent again, those that are there are recognised by their
 * idempotency key. Refused entries are kept aside in the collection {@value #REFUSED}. For one thread.
 */
public final class Upload implements EntryFormat.Sink {
    /** Where refused entries are kept. */
    public static final String REFUSED = "refused";

    private static final int BATCH = 1000;
    private static final int EXAMPLES = 20;
    private static final int MOST_REASONS = 50;
    private static final int MOST_TEXT = 8 * 1024;

    private final DocumentStore documents;
    private final Caller caller;
    private final UploadLimits limits;
    private final List<Pending> batch = new ArrayList<>();
    private final List<BsonDocument> aside = new ArrayList<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private final List<RefusedEntry> examples = new ArrayList<>();
    private @Nullable String collection;
    private long index;
    private long taken;
    private long alreadyThere;
    private long refused;
    private long kept;

    private record Pending(long index, BsonDocument entry) {}

    private Upload(DocumentStore documents, Caller caller, UploadLimits limits) {
        this.documents = documents;
        this.caller = caller;
        this.limits = limits;
    }

    /**
     * Takes the entries of {@code body}, plain or gzip.
     *
     * @throws ProblemException {@link ProblemCode#GRANT_FORBIDS} if the caller may not upload, {@link ProblemCode#TOO_LARGE}; what was stored
     *     before stays
     */
    public static UploadReport take(
            InputStream body, EntryFormat format, DocumentStore documents, Caller caller, UploadLimits limits) {
        caller.grant().ifPresent(grant -> {
            if (grant.fields() != null) {
                throw new ProblemException(
                        ProblemCode.GRANT_FORBIDS, "a grant of certain fields cannot upload whole entries");
            }
        });
        var upload = new Upload(documents, caller, limits);
        try {
            format.read(new Bounded(plain(body), limits.plainBytes()), upload);
        } catch (EOFException | ZipException e) {
            upload.refuse("compressed data cut short or damaged", null);
        } catch (IOException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the entries could not be read to their end");
        }
        upload.flush();
        upload.flushAside();
        return new UploadReport(
                upload.taken,
                upload.alreadyThere,
                upload.refused,
                Map.copyOf(upload.reasons),
                List.copyOf(upload.examples));
    }

    private static InputStream plain(InputStream body) throws IOException {
        var buffered = new BufferedInputStream(body, 64 * 1024);
        buffered.mark(2);
        int first = buffered.read();
        int second = buffered.read();
        buffered.reset();
        return first == 0x1f && second == 0x8b ? new GZIPInputStream(buffered, 64 * 1024) : buffered;
    }

    @Override
    public void accept(BsonDocument entry, String target, String idempotencyKey) {
        if (!target.equals(collection)) {
            flush();
            Scopes.of(caller, Operations.UPLOAD, target);
            collection = target;
        }
        BsonDocument metadata = entry.isDocument("metadata") ? entry.getDocument("metadata") : new BsonDocument();
        metadata.put("idempotency_key", new BsonString(idempotencyKey));
        entry.put("metadata", metadata);
        batch.add(new Pending(nextIndex(), entry));
        if (batch.size() >= BATCH) {
            flush();
        }
    }

    @Override
    public void refuse(String reason, @Nullable String text) {
        refuse(nextIndex(), reason, text);
    }

    private long nextIndex() {
        if (index >= limits.entries()) {
            throw new ProblemException(
                    ProblemCode.TOO_LARGE, "an upload may have at most " + limits.entries() + " entries");
        }
        return index++;
    }

    private void flush() {
        if (batch.isEmpty() || collection == null) {
            return;
        }
        List<WriteOutcome> outcomes = documents.insert(
                collection,
                batch.stream().map(Pending::entry).toList(),
                Scopes.of(caller, Operations.UPLOAD, collection));
        for (int i = 0; i < outcomes.size(); i++) {
            Pending pending = batch.get(i);
            switch (outcomes.get(i)) {
                case WriteOutcome.Taken taken -> this.taken++;
                case WriteOutcome.Replaced replaced -> this.taken++;
                case WriteOutcome.AlreadyThere there -> alreadyThere++;
                case WriteOutcome.Refused(var code, var why) ->
                    refuse(pending.index(), code, pending.entry().toJson());
            }
        }
        batch.clear();
    }

    private void refuse(long at, String reason, @Nullable String text) {
        refused++;
        String known = reasons.containsKey(reason) || reasons.size() < MOST_REASONS ? reason : "other";
        reasons.merge(known, 1L, Long::sum);
        if (examples.size() < EXAMPLES) {
            examples.add(new RefusedEntry(at, known));
        }
        if (kept < limits.refusedKept()) {
            kept++;
            String cut = text == null ? "" : text.substring(0, Math.min(MOST_TEXT, text.length()));
            // Named by its content, so that the same entry refused again is kept once.
            byte[] name = RequestProof.sha256().digest((known + "\n" + cut).getBytes(StandardCharsets.UTF_8));
            aside.add(new BsonDocument("_id", new BsonString(Base64Url.encode(name)))
                    .append("reason", new BsonString(known))
                    .append("index", new BsonInt64(at))
                    .append("text", new BsonString(cut)));
            if (aside.size() >= BATCH) {
                flushAside();
            }
        }
    }

    private void flushAside() {
        if (!aside.isEmpty()) {
            // The permission manager keeps these for the owner, whoever sent them.
            documents.insert(REFUSED, aside, ReadScope.ALL);
            aside.clear();
        }
    }

    /** Ends with a problem where more comes than is allowed: what a small body unpacks to need not be small. */
    private static final class Bounded extends FilterInputStream {
        private long left;

        Bounded(InputStream in, long most) {
            super(in);
            this.left = most;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            left -= Math.max(n, 0);
            if (left < 0) {
                throw new ProblemException(ProblemCode.TOO_LARGE, "the entries unpack to more than is allowed");
            }
            return n;
        }
    }
}
