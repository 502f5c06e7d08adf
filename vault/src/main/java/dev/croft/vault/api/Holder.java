package dev.croft.vault.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.regex.Pattern;

/** Who a grant is for. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Holder.KeyHolder.class, name = "key"),
    @JsonSubTypes.Type(value = Holder.ServiceHolder.class, name = "service")
})
public sealed interface Holder {

    /**
     * Whoever can sign with a key: an analyst, a phone, a coordinator of queries.
     *
     * @param publicKey Ed25519 public key, 32 bytes, base64url without padding
     */
    record KeyHolder(String publicKey) implements Holder {
        /** Refuses what is not 32 bytes. */
        public KeyHolder {
            if (Base64Url.decode(publicKey).length != 32) {
                throw new IllegalArgumentException("a holder's key is 32 bytes");
            }
        }
    }

    /**
     * A service in the one form that its digest names; it reaches the private cloud through a door.
     *
     * @param service the service's name in the catalogue
     * @param digest {@code sha256:} and 64 hexadecimal digits, as the runtime checks before start
     */
    record ServiceHolder(String service, String digest) implements Holder {
        private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

        /** Refuses a digest of another form. */
        public ServiceHolder {
            if (!DIGEST.matcher(digest).matches()) {
                throw new IllegalArgumentException("a service's digest is sha256: and 64 hexadecimal digits");
            }
            if (service.isBlank() || service.length() > 200) {
                throw new IllegalArgumentException("a service's name has 1 to 200 characters");
            }
        }
    }
}
