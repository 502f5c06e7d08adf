package dev.croft.vault.api;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a publisher says of a service and signs, with its name, version, program and definition: what it reads, writes and lets out, up to 20
 * of each, of up to 200 characters. What it reads and writes it says as {@code COLLECTION} or {@code COLLECTION: words}, which a permission
 * manager can hold it to; other words are for people only.
 *
 * @param signer the publisher's Ed25519 key, base64url
 * @param signature base64url; see {@link ServiceSignature}
 */
public record ServiceStatement(
        List<String> reads, List<String> writes, List<String> emits, String signer, String signature) {

    private static final int MOST = 20;
    private static final int LONGEST = 200;
    private static final Pattern COLLECTION = Pattern.compile("([A-Za-z0-9_.-]{1,64})(: .*)?");

    /** @throws IllegalArgumentException when that is no statement */
    public ServiceStatement {
        reads = bounded(reads);
        writes = bounded(writes);
        emits = bounded(emits);
        if (signer == null || signature == null || signer.length() > 64 || signature.length() > 128) {
            throw new IllegalArgumentException("a statement has a signer and a signature");
        }
    }

    private static List<String> bounded(List<String> words) {
        if (words == null
                || words.size() > MOST
                || words.stream().anyMatch(word -> word == null || word.isBlank() || word.length() > LONGEST)) {
            throw new IllegalArgumentException(
                    "a statement has up to 20 reads, writes and emits, each of up to 200 characters");
        }
        return List.copyOf(words);
    }

    /** Whether all that it reads and writes is said as collections. */
    public boolean namesCollections() {
        return reads.stream().allMatch(said -> collection(said).isPresent())
                && writes.stream().allMatch(said -> collection(said).isPresent());
    }

    /** The collections that it says it reads. */
    public Set<String> collectionsRead() {
        return collections(reads);
    }

    /** The collections that it says it writes. */
    public Set<String> collectionsWritten() {
        return collections(writes);
    }

    private static Set<String> collections(List<String> said) {
        var collections = new TreeSet<String>();
        said.forEach(words -> collection(words).ifPresent(collections::add));
        return collections;
    }

    private static Optional<String> collection(String said) {
        Matcher named = COLLECTION.matcher(said);
        return named.matches() ? Optional.of(named.group(1)) : Optional.empty();
    }
}
