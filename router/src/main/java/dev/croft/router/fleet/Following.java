package dev.croft.router.fleet;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.http.ApiServer;
import dev.croft.router.registry.Member;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.JoinedAuthority;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;

/** How a router that joined keeps up with the first one's authority. Thread-safe. */
public final class Following {

    private final Forwarder forwarder;
    private final CertificateAuthority authority;
    private final Path trustFile;

    /** @param trustFile what this router's clients trust, and it of other routers */
    public Following(Forwarder forwarder, CertificateAuthority authority, Path trustFile) {
        this.forwarder = forwarder;
        this.authority = authority;
        this.trustFile = trustFile;
    }

    /**
     * Asks the first router what to trust and what not to by now, and to sign this one's authority once another root issues: for {@link
     * CertificateAuthority#LEAF_LIFETIME} from then on the old one counts, too.
     *
     * @return whether something changed that the parts of this router are to know: what is revoked, or its authority, which was signed anew
     * @throws RouterException.Unavailable when the first router does not answer
     */
    public boolean follow(Member first) {
        byte[] trust = forwarder.ask("GET", first, ApiServer.PREFIX + "/certificates/trust");
        JoinedAuthority.trust(trustFile, trust);
        String before = authority.revoked();
        authority.revokedElsewhere(new String(
                forwarder.ask("GET", first, ApiServer.PREFIX + "/certificates/revoked"), StandardCharsets.US_ASCII));
        boolean revoked = !before.equals(authority.revoked());
        try {
            X509Certificate root = Identity.certificates(trust).getFirst();
            if (authority.isBelow(root)) {
                return revoked;
            }
            byte[] answer = forwarder.ask("POST", first, ApiServer.PREFIX + "/routers/authority");
            String chain = Json.read(answer, Joining.Signed.class).chain();
            List<X509Certificate> signed = Identity.certificates(chain.getBytes(StandardCharsets.US_ASCII));
            authority.signedAnew(signed);
            return true;
        } catch (GeneralSecurityException e) {
            throw new RouterException.Unavailable("router " + first.name() + " does not answer as documented", e);
        }
    }
}
