package dev.croft.vault.api;

import com.fasterxml.jackson.core.io.SerializedString;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A publisher's Ed25519 signature over a catalogue entry, checked with nothing but the entry. Signed are the bytes of
 * {@code croft/service-entry/v1}, a line feed, and one JSON object with {@code name}, {@code version}, {@code program} (its digest),
 * {@code definition}, {@code reads}, {@code writes}, {@code emits}, in this order and without white space. The definition is one JSON object, its fields by
 * name, without those that are absent and without the statement; it is signed as it is written, so nobody need write it again to check it.
 */
public final class ServiceSignature {

    private static final String DOMAIN = "croft/service-entry/v1\n";

    private ServiceSignature() {}

    /** The publisher's statement of an entry. */
    public static ServiceStatement sign(
            SigningKey key,
            String name,
            String version,
            String program,
            String definition,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        byte[] signature = key.sign(bytes(name, version, program, definition, reads, writes, emits));
        return new ServiceStatement(
                reads, writes, emits, Base64Url.encode(key.verifyingKey().encoded()), Base64Url.encode(signature));
    }

    /** The key that a statement is signed by; empty when the signature is not over this entry. */
    public static Optional<VerifyingKey> signer(
            String name, String version, String program, String definition, ServiceStatement statement) {
        try {
            VerifyingKey key = VerifyingKey.of(Base64Url.decode(statement.signer()));
            byte[] signed =
                    bytes(name, version, program, definition, statement.reads(), statement.writes(), statement.emits());
            if (key.verify(signed, Base64Url.decode(statement.signature()))) {
                return Optional.of(key);
            }
        } catch (IllegalArgumentException e) {
            // as a wrong one
        }
        return Optional.empty();
    }

    private static byte[] bytes(
            String name,
            String version,
            String program,
            String definition,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        String entry = "{\"name\":" + quoted(name) + ",\"version\":" + quoted(version) + ",\"program\":"
                + quoted(program)
                + ",\"definition\":" + definition + ",\"reads\":" + quoted(reads) + ",\"writes\":" + quoted(writes)
                + ",\"emits\":" + quoted(emits) + "}";
        return (DOMAIN + entry).getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        return '"' + new String(new SerializedString(text).asQuotedChars()) + '"';
    }

    private static String quoted(List<String> texts) {
        return texts.stream().map(ServiceSignature::quoted).collect(Collectors.joining(",", "[", "]"));
    }
}
