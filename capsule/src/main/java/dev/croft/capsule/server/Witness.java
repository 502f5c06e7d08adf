package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.DurableFiles;
import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.ProofChecker;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.Cosignature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A witness as c2sp.org/tlog-witness describes one: it signs a capsule's checkpoint if it goes on from the last one that it signed, and never
 * two that are not one history. What it signs it first writes down and syncs, so a crash at any moment does not make it forget. Thread-safe.
 */
public final class Witness {
    static final int MOST_BYTES = 256 << 10;
    private static final int MOST_HASHES = 63;

    private final Path folder;
    private final SigningKey key;
    private final InstantSource clock;
    private final Function<CapsuleName, Optional<CapsuleMetadata>> known;

    /**
     * A witness that keeps its state in a folder.
     *
     * @param known capsules whose checkpoints it signs
     */
    public Witness(
            Path folder, SigningKey key, InstantSource clock, Function<CapsuleName, Optional<CapsuleMetadata>> known)
            throws IOException {
        this.folder = Files.createDirectories(folder);
        this.key = key;
        this.clock = clock;
        this.known = known;
    }

    /** An HTTP answer. */
    public record Answer(int status, String type, String body) {
        static Answer text(int status, String body) {
            return new Answer(status, "text/plain; charset=utf-8", body);
        }
    }

    /** What was signed last. */
    private record Signed(long size, Hash root) {}

    /** A request taken apart. */
    private record Request(long old, List<Hash> proof, String note) {
        static Request parse(String body) {
            int blank = body.indexOf("\n\n");
            if (blank < 0) {
                throw new Malformed("no checkpoint");
            }
            String[] lines = body.substring(0, blank).split("\n", -1);
            if (!lines[0].matches("old (0|[1-9][0-9]{0,17})") || lines.length > 1 + MOST_HASHES) {
                throw new Malformed("no old size, or too many hashes");
            }
            List<Hash> proof = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                try {
                    proof.add(Hash.of(Base64.getDecoder().decode(lines[i])));
                } catch (IllegalArgumentException e) {
                    throw new Malformed("a hash is not base64 of 32 bytes");
                }
            }
            return new Request(Long.parseLong(lines[0].substring(4)), proof, body.substring(blank + 2));
        }
    }

    /** Answers {@code add-checkpoint}. */
    public synchronized Answer add(String body) {
        Request request;
        Optional<CapsuleMetadata> metadata;
        try {
            request = Request.parse(body);
            metadata = Checkpoint.capsule(request.note()).flatMap(known);
        } catch (Malformed e) {
            return Answer.text(400, e.getMessage() + "\n");
        }
        if (metadata.isEmpty()) {
            return Answer.text(404, "unknown log\n");
        }
        Checkpoint checkpoint;
        try {
            checkpoint = Checkpoint.verify(
                    request.note(), metadata.get().name(), metadata.get().writerKey());
        } catch (Malformed e) {
            return Answer.text(403, e.getMessage() + "\n");
        }
        try {
            return add(request, checkpoint, folder.resolve(metadata.get().name().toString()));
        } catch (IOException e) {
            return Answer.text(503, "the witness's disk failed\n");
        }
    }

    private Answer add(Request request, Checkpoint checkpoint, Path file) throws IOException {
        Signed last = read(file);
        if (request.old() > checkpoint.size()) {
            return Answer.text(400, "old is larger than the checkpoint\n");
        }
        if (request.old() != last.size()) {
            return new Answer(409, "text/x.tlog.size", last.size() + "\n");
        }
        if (checkpoint.size() == last.size() && !checkpoint.root().equals(last.root())) {
            return new Answer(409, "text/x.tlog.size", last.size() + "\n");
        }
        if (!ProofChecker.extend(last.size(), last.root(), checkpoint.size(), checkpoint.root(), request.proof())) {
            return Answer.text(422, "the proof does not hold\n");
        }
        DurableFiles.replace(
                file, (checkpoint.size() + "\n" + checkpoint.root() + "\n").getBytes(StandardCharsets.US_ASCII));
        return Answer.text(200, Cosignature.sign(checkpoint, key, clock.instant()));
    }

    private static Signed read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new Signed(0, Hash.sha256());
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
        return new Signed(Long.parseLong(lines.get(0)), Hash.parse(lines.get(1)));
    }
}
