package dev.croft.router.placement;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.vault.api.Base64Url;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A publisher's Ed25519 signature over a catalogue entry, checked with nothing but the entry. Signed are the bytes of
 * {@code croft/service-entry/v1}, a line feed, and one JSON object with {@code name}, {@code version}, {@code program} (its digest),
 * {@code definition} (its fields by name, without those that are absent and the statement), {@code reads}, {@code writes},
 * {@code emits}, in this order.
 */
public final class ServiceSignature {

    private static final String DOMAIN = "croft/service-entry/v1\n";

    private ServiceSignature() {}

    /** The definition with the publisher's statement. */
    public static ServiceDefinition sign(
            SigningKey key,
            String name,
            String version,
            String program,
            ServiceDefinition definition,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        byte[] signature = key.sign(bytes(name, version, program, definition, reads, writes, emits));
        return definition.with(new ServiceStatement(
                reads, writes, emits, Base64Url.encode(key.verifyingKey().encoded()), Base64Url.encode(signature)));
    }

    /**
     * The key that an entry's statement is signed by.
     *
     * @throws RouterException.Forbidden when it has no statement, or the signature is not over this entry
     */
    public static VerifyingKey signer(String name, String version, String program, ServiceDefinition definition) {
        ServiceStatement statement = definition.statement();
        if (statement == null) {
            throw new RouterException.Forbidden("the service is not signed");
        }
        try {
            VerifyingKey key = VerifyingKey.of(Base64Url.decode(statement.signer()));
            byte[] signed =
                    bytes(name, version, program, definition, statement.reads(), statement.writes(), statement.emits());
            if (key.verify(signed, Base64Url.decode(statement.signature()))) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // as a wrong one
        }
        throw new RouterException.Forbidden("the service's signature does not fit");
    }

    private static byte[] bytes(
            String name,
            String version,
            String program,
            ServiceDefinition definition,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        Map<String, JsonNode> fields = new TreeMap<>();
        Json.read(Json.write(definition), JsonNode.class).properties().forEach(field -> {
            if (!field.getKey().equals("statement") && !field.getValue().isNull()) {
                fields.put(field.getKey(), field.getValue());
            }
        });
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", name);
        entry.put("version", version);
        entry.put("program", program);
        entry.put("definition", fields);
        entry.put("reads", reads);
        entry.put("writes", writes);
        entry.put("emits", emits);
        return (DOMAIN + new String(Json.write(entry), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }
}
