package dev.croft.vault.grants;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Consumer;

/** Lets in who holds a grant. */
public final class HolderCheck {
    private HolderCheck() {}

    /**
     * The caller who uses the grant of this id.
     *
     * @param proof checks the request's proof against the key it is given
     */
    public static Caller check(GrantBook grants, String id, Consumer<VerifyingKey> proof) {
        GrantBook.Stored stored = grants.find(id)
                .orElseThrow(() -> new ProblemException(ProblemCode.GRANT_UNKNOWN, "there is no such grant here"));
        switch (stored.grant().holder()) {
            // Whether the grant is still in force is told only to its holder.
            case Holder.KeyHolder(var key) -> proof.accept(VerifyingKey.of(Base64Url.decode(key)));
            case Holder.ServiceHolder service ->
                throw new ProblemException(ProblemCode.UNAUTHENTICATED, "a service's grant is good at its door only");
        }
        return new Caller.GrantHolder(grants.inForce(id));
    }

    /** The grant of this id, if it is in force and for the service of this name with this digest. */
    public static Grant checkService(GrantBook grants, String id, String name, String digest) {
        Grant grant = grants.inForce(id);
        if (!(grant.holder() instanceof Holder.ServiceHolder service)) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant is not for a service");
        }
        if (!service.service().equals(name)) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant is for another service");
        }
        if (!MessageDigest.isEqual(
                service.digest().getBytes(StandardCharsets.UTF_8), digest.getBytes(StandardCharsets.UTF_8))) {
            throw new ProblemException(ProblemCode.SERVICE_CHANGED, "the service is not the one the grant names");
        }
        return grant;
    }
}
