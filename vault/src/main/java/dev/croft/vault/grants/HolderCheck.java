package dev.croft.vault.grants;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.ServiceEntry;
import dev.croft.vault.api.ServiceSignature;
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

    /**
     * The grant that a launch names, if it is in force and for this very service: by its name, its digest if the grant names one, and its publisher's
     * signature if the grant names a publisher. A signature that came is checked whether it is asked for or not, and what is signed may
     * not say that it reads or writes what the grant does not let it.
     */
    public static Grant checkService(GrantBook grants, DoorRequest wanted) {
        Grant grant = grants.inForce(wanted.grantId());
        if (!(grant.holder() instanceof Holder.ServiceHolder service)) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant is not for a service");
        }
        if (!service.service().equals(wanted.service())) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant is for another service");
        }
        if (service.digest() != null
                && !MessageDigest.isEqual(
                        service.digest().getBytes(StandardCharsets.UTF_8),
                        wanted.digest().getBytes(StandardCharsets.UTF_8))) {
            throw new ProblemException(ProblemCode.SERVICE_CHANGED, "the service is not the one the grant names");
        }
        ServiceEntry entry = wanted.entry();
        if (entry == null) {
            if (service.publisher() != null) {
                throw new ProblemException(ProblemCode.SERVICE_UNSIGNED, "the service is not signed");
            }
            return grant;
        }
        checkSignature(service, wanted, entry);
        Statements.requireWithin(entry.statement(), grant);
        if (service.publisher() != null) {
            if (!entry.statement().namesCollections()) {
                throw new ProblemException(
                        ProblemCode.GRANT_FORBIDS, "the service does not say which collections it reads and writes");
            }
            // Refused here rather than at each request, if it says nothing that a door could be for.
            Statements.narrowed(grant, entry.statement());
        }
        return grant;
    }

    private static void checkSignature(Holder.ServiceHolder service, DoorRequest wanted, ServiceEntry entry) {
        VerifyingKey signer = ServiceSignature.signer(
                        wanted.service(), entry.version(), wanted.program(), entry.definition(), entry.statement())
                .filter(_ -> entry.command().equals(wanted.command()))
                .orElseThrow(() ->
                        new ProblemException(ProblemCode.SERVICE_CHANGED, "the service's signature does not fit"));
        if (service.publisher() != null && !signer.equals(VerifyingKey.of(Base64Url.decode(service.publisher())))) {
            throw new ProblemException(ProblemCode.SERVICE_UNSIGNED, "the service is signed by another publisher");
        }
    }
}
