package dev.croft.router.placement;

import dev.croft.router.RouterException;
import java.util.List;

/**
 * What a publisher says of a service and signs, with its name, version, program and definition: what it reads, writes and lets out, each
 * in words for the owner who decides, up to 20 of up to 200 characters.
 *
 * @param signer the publisher's Ed25519 key, base64url
 * @param signature base64url; see {@link ServiceSignature}
 */
public record ServiceStatement(
        List<String> reads, List<String> writes, List<String> emits, String signer, String signature) {

    private static final int MOST = 20;
    private static final int LONGEST = 200;

    public ServiceStatement {
        reads = bounded(reads);
        writes = bounded(writes);
        emits = bounded(emits);
        if (signer == null || signature == null || signer.length() > 64 || signature.length() > 128) {
            throw new RouterException.Invalid("a statement has a signer and a signature");
        }
    }

    private static List<String> bounded(List<String> words) {
        if (words == null
                || words.size() > MOST
                || words.stream().anyMatch(word -> word == null || word.isBlank() || word.length() > LONGEST)) {
            throw new RouterException.Invalid(
                    "a statement has up to 20 reads, writes and emits, each of up to 200 characters");
        }
        return List.copyOf(words);
    }
}
