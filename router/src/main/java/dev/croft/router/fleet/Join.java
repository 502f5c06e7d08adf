package dev.croft.router.fleet;

import dev.croft.capsule.crypto.Hpke;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.vault.api.Base64Url;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Makes a state directory that of a router which joined others. */
public final class Join {

    private Join() {}

    /**
     * Joins, unless this directory is a router's already whose authority is believed, as far as the first router can be asked. One that is not
     * believed joins again under its own name. What is written last is the router's name: cut short before, it is to be invited again.
     *
     * @return whether it joined now
     * @throws RouterException.Conflict when the directory is another router's, or its router is to be invited again
     * @throws RouterException.Broken when a router runs there
     */
    public static boolean with(Invitation invitation, Path stateDirectory) {
        try {
            PrivateFiles.directory(stateDirectory);
            // Not under a router that runs here.
            try (StateLock _ = StateLock.take(stateDirectory)) {
                return locked(invitation, stateDirectory);
            }
        } catch (IOException | GeneralSecurityException | Hpke.OpenFailed | IllegalArgumentException e) {
            throw new RouterException.Broken("this router cannot join", e);
        }
    }

    private static boolean locked(Invitation invitation, Path stateDirectory)
            throws IOException, GeneralSecurityException, Hpke.OpenFailed {
        boolean again = RouterIdentity.isKeptIn(stateDirectory);
        String installation = UUID.randomUUID().toString();
        if (again) {
            RouterIdentity kept = RouterIdentity.open(stateDirectory);
            if (!kept.name().equals(invitation.name())) {
                throw new RouterException.Conflict("this folder is of router " + kept.name());
            }
            installation = kept.installation();
        }
        Path trust = stateDirectory.resolve("invited-by.pem");
        PrivateFiles.write(trust, invitation.trust().getBytes(StandardCharsets.US_ASCII));
        KeyPair key = JoinedAuthority.newKey();
        ReaderKey reader = ReaderKey.generate();
        Joining.Answer answer;
        try (RouterClient client = RouterClient.of(invitation.router(), trust, "")) {
            if (again && isBelieved(client, stateDirectory.resolve("ca"))) {
                return false;
            }
            answer = client.join(new Joining.Request(
                    invitation.name(),
                    invitation.secret(),
                    installation,
                    Base64Url.encode(request(key, invitation.name())),
                    Base64Url.encode(reader.publicKey().encoded())));
        } catch (RouterClient.Refused e) {
            if (again && e.status() == 401) {
                throw new RouterException.Conflict("the authority of router " + invitation.name()
                        + " is not believed any more and this invitation was used: invite it again");
            }
            throw e;
        } finally {
            Files.deleteIfExists(trust);
        }
        keep(stateDirectory, invitation.name(), key, reader, answer);
        new RouterIdentity(invitation.name(), installation, answer.weight()).keep(stateDirectory);
        return true;
    }

    /** As the first router says; one that cannot be asked now, or is not known by this invitation any more, is asked when this one runs. */
    private static boolean isBelieved(RouterClient client, Path authority) throws GeneralSecurityException {
        byte[] roots;
        try {
            roots = client.trust();
        } catch (RouterException.Unavailable e) {
            return true;
        }
        return JoinedAuthority.isSignedByOneOf(Identity.certificates(roots), authority)
                && !client.revoked()
                        .contains(Identity.read(authority)
                                .certificate()
                                .getSerialNumber()
                                .toString(16));
    }

    private static byte[] request(KeyPair key, String name) throws IOException, GeneralSecurityException {
        try {
            return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + name), key.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
                    .getEncoded();
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static void keep(Path stateDirectory, String name, KeyPair key, ReaderKey reader, Joining.Answer answer)
            throws IOException, GeneralSecurityException {
        byte[] seed = Hpke.open(
                reader, Joining.PURPOSE, name.getBytes(StandardCharsets.US_ASCII), Base64Url.decode(answer.sealed()));
        Path coordinator = PrivateFiles.directory(stateDirectory.resolve("coordinator"));
        PrivateFiles.write(coordinator.resolve("key"), seed);
        Arrays.fill(seed, (byte) 0);
        Path publishers = PrivateFiles.directory(stateDirectory.resolve("publishers"));
        for (String publisher : answer.publishers()) {
            if (!publisher.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("no key of a publisher");
            }
            PrivateFiles.write(
                    publishers.resolve("joined-" + publisher.substring(0, 16) + ".pub"),
                    (publisher + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        List<X509Certificate> chain = Identity.certificates(answer.chain().getBytes(StandardCharsets.US_ASCII));
        if (chain.size() != 2) {
            throw new IllegalArgumentException("not the chain of an authority that joined");
        }
        JoinedAuthority.keep(
                stateDirectory.resolve("ca"),
                key.getPrivate(),
                chain,
                answer.trust().getBytes(StandardCharsets.US_ASCII));
    }
}
