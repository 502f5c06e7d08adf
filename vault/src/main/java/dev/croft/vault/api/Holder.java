package dev.croft.vault.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
     * A service, in the one form that its digest names, or in every form that a publisher signs under its name, or in the one if that publisher
     * signed it too; it reaches the private cloud through a door.
     *
     * @param service the service's name in the catalogue
     * @param digest {@code sha256:} and 64 hexadecimal digits, as the runtime checks before start; {@code null} if the publisher's word is enough
     * @param publisher Ed25519 public key, 32 bytes, base64url without padding; {@code null} if the digest is enough
     */
    record ServiceHolder(
            String service,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String digest,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String publisher)
            implements Holder {
        private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

        /** Refuses a digest of another form, a publisher that is no key, and a service that anybody could stand for. */
        public ServiceHolder {
            if (digest == null && publisher == null) {
                throw new IllegalArgumentException("a service is named by its digest, its publisher, or both");
            }
            if (digest != null && !DIGEST.matcher(digest).matches()) {
                throw new IllegalArgumentException("a service's digest is sha256: and 64 hexadecimal digits");
            }
            if (publisher != null && Base64Url.decode(publisher).length != 32) {
                throw new IllegalArgumentException("a publisher's key is 32 bytes");
            }
            if (service.isBlank() || service.length() > 200) {
                throw new IllegalArgumentException("a service's name has 1 to 200 characters");
            }
        }

        /** The one form that a digest names, whoever signed it. */
        public ServiceHolder(String service, String digest) {
            this(service, digest, null);
        }

        /** Whether a catalogue entry of this name and digest, signed by that publisher, is meant; no signer: {@code null}. */
        public boolean means(String name, String itsDigest, @Nullable String signer) {
            return service.equals(name)
                    && (digest == null || digest.equals(itsDigest))
                    && (publisher == null || publisher.equals(signer));
        }
    }
}
