package dev.croft.vault;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;

/** A host over HTTPS in a directory, and a client of it. */
final class TestHost implements AutoCloseable {
    final Path directory;
    final Samples.Entries computation = new Samples.Entries();
    final TestTls authority = new TestTls();
    final SSLContext clientTls;
    PmHost host;
    HttpsFront front;
    PmClient client;
    private final Path doors;

    TestHost(Path directory) throws IOException {
        this.directory = directory;
        this.doors = Files.createTempDirectory("croft-doors");
        this.clientTls = authority.identity(directory.resolve("client"));
        start();
    }

    private void start() throws IOException {
        SSLContext serverTls = authority.identity(directory.resolve("server"));
        host = new PmHost(
                HostSettings.shared(directory.resolve("host"), doors),
                VaultSettings.standard(List.of(computation), List.of(new Samples.Lines())));
        front = HttpsFront.start(host, 0, serverTls);
        client = new PmClient(uri(), clientTls);
    }

    URI uri() {
        return URI.create("https://localhost:" + front.port());
    }

    void restart() {
        try {
            client.close();
            front.close();
            start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path cloudDirectory(OwnerKey key) {
        return directory.resolve("host/clouds").resolve(key.cloudId());
    }

    /** A new private cloud as its owner sees it. */
    CloudClient owner(OwnerKey key) {
        client.create(key, null, null);
        return client.as(Signer.owner(key));
    }

    /** The same private cloud under a grant that is stored first. */
    CloudClient holder(OwnerKey owner, Grant grant, SigningKey key) {
        client.as(Signer.owner(owner)).storeGrant(GrantToken.sign(grant, owner.signingKey()));
        return client.as(Signer.holder(owner.cloudId(), grant.id(), key));
    }

    @Override
    public void close() {
        client.close();
        front.close();
    }
}
