package dev.croft.router.fleet;

import dev.croft.capsule.crypto.Hpke;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.router.RouterException;
import dev.croft.router.placement.Publishers;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.vault.api.Base64Url;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** Lets other routers join the one that has the root authority's key. Thread-safe. */
public final class Admission {

    private static final Duration LIFETIME = Duration.ofDays(1);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Registry registry;
    private final Fleet fleet;
    private final CertificateAuthority authority;
    private final Publishers publishers;
    private final Path stateDirectory;

    public Admission(
            Registry registry,
            Fleet fleet,
            CertificateAuthority authority,
            Publishers publishers,
            Path stateDirectory) {
        this.registry = registry;
        this.fleet = fleet;
        this.authority = authority;
        this.publishers = publishers;
        this.stateDirectory = stateDirectory;
    }

    /**
     * Makes an invitation's secret, for once and a day.
     *
     * @throws RouterException.Conflict when nobody can join here, or a router of that name serves
     */
    public String invite(String name, int weight) {
        Invitation.checkName(name);
        if (weight < 1 || weight > 1000) {
            throw new RouterException.Invalid("a weight lies between 1 and 1000");
        }
        if (!registry.isShared()) {
            throw new RouterException.Conflict("an embedded registry has one router: begin with --database");
        }
        if (!authority.isRoot()) {
            throw new RouterException.Conflict("only router " + Member.FIRST + " invites: it has the authority's key");
        }
        boolean serves = fleet.find(name)
                .filter(router -> Homes.isHeld(router, fleet.now()))
                .isPresent();
        if (name.equals(fleet.self().name()) || serves) {
            throw new RouterException.Conflict("a router called " + name + " serves");
        }
        byte[] secret = new byte[32];
        RANDOM.nextBytes(secret);
        registry.members().invite(name, hash(secret), weight, LIFETIME);
        return Base64Url.encode(secret);
    }

    /**
     * Lets a router in.
     *
     * @throws RouterException.Unauthenticated when there is no such invitation
     * @throws RouterException.Conflict when a router of that name has come back since it was invited
     */
    public Joining.Answer admit(Joining.Request request) {
        if (!registry.isShared() || !authority.isRoot()) {
            throw new RouterException.Conflict("nobody joins here");
        }
        PublicKey key = key(request);
        ReaderPublicKey reader;
        byte[] secret;
        try {
            reader = ReaderPublicKey.of(Base64Url.decode(request.reader()));
            secret = Base64Url.decode(request.secret());
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new RouterException.Invalid("the request to join is not of the documented shape");
        }
        Invitation.checkName(request.name());
        if (request.installation() == null || !request.installation().matches("[0-9a-f-]{36}")) {
            throw new RouterException.Invalid("an installation is a UUID");
        }
        byte[] hash = hash(secret);
        if (!registry.members().isInvited(request.name(), hash)) {
            // Before anything is signed and recorded: whoever comes may ask.
            throw new RouterException.Unauthenticated();
        }
        List<X509Certificate> chain = authority.admit(request.name(), key);
        Member wanted = new Member(
                request.name(),
                request.installation(),
                "",
                JoinedAuthority.fingerprint(chain.getFirst()),
                "",
                1,
                false,
                0,
                Instant.EPOCH);
        int weight = registry.members().redeem(wanted, hash).orElseThrow(RouterException.Unauthenticated::new);
        fleet.joined();
        return new Joining.Answer(
                weight,
                chain.stream().map(Identity::pem).collect(Collectors.joining()),
                new String(authority.forClients(), StandardCharsets.US_ASCII),
                Base64Url.encode(sealed(reader, request.name())),
                publishers.all());
    }

    /**
     * Takes a router out: nobody believes it from then on, and what replicas can bring back of what it had gets new homes when its lease
     * has ended.
     *
     * @param lost whether its private clouds without replicas are given up
     * @throws RouterException.Conflict when it is this one or leads, or has private clouds that are nowhere else
     */
    public void remove(String name, boolean lost) {
        if (!registry.isShared()) {
            throw new RouterException.NotFound("router");
        }
        if (!authority.isRoot()) {
            throw new RouterException.Conflict("only router " + Member.FIRST + " removes: it has the authority's key");
        }
        if (name.equals(fleet.self().name())) {
            throw new RouterException.Conflict("this router does not remove itself");
        }
        registry.members().remove(name, lost);
        authority.revokeRouter(name);
    }

    /**
     * Signs the key of a router's authority under the root of now: so that it is believed when the one before is forgotten.
     *
     * @param shown by a router of this registry
     */
    public Joining.Signed signAnew(X509Certificate shown) {
        String fingerprint = JoinedAuthority.fingerprint(shown);
        Member router = fleet.routers().stream()
                .filter(one -> one.authority().equals(fingerprint))
                .findFirst()
                .filter(one -> !one.name().equals(fleet.self().name()))
                .orElseThrow(RouterException.Unauthenticated::new);
        if (!authority.isRoot()) {
            throw new RouterException.Conflict("only router " + Member.FIRST + " signs: it has the authority's key");
        }
        return new Joining.Signed(authority.admit(router.name(), shown.getPublicKey()).stream()
                .map(Identity::pem)
                .collect(Collectors.joining()));
    }

    private static PublicKey key(Joining.Request request) {
        try {
            var signed = new JcaPKCS10CertificationRequest(Base64Url.decode(request.request()));
            PublicKey key = signed.getPublicKey();
            if (!key.getAlgorithm().equals("EC")
                    || !signed.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new RouterException.Invalid("the request for a certificate is not signed by its key");
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | IllegalArgumentException
                | NullPointerException e) {
            throw new RouterException.Invalid("the request for a certificate cannot be read");
        }
    }

    private byte[] sealed(ReaderPublicKey reader, String name) {
        try {
            byte[] seed =
                    Files.readAllBytes(stateDirectory.resolve("coordinator").resolve("key"));
            byte[] sealed = Hpke.seal(reader, Joining.PURPOSE, name.getBytes(StandardCharsets.US_ASCII), seed);
            Arrays.fill(seed, (byte) 0);
            return sealed;
        } catch (IOException e) {
            throw new RouterException.Broken("the coordinator's key cannot be read", e);
        }
    }

    private static byte[] hash(byte[] secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
