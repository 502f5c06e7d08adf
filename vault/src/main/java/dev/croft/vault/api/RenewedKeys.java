package dev.croft.vault.api;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The identity in a directory's files as it is at each handshake: a renewed certificate is used from the next one on, without a restart. A
 * handshake under way keeps the identity it began with. Thread-safe.
 */
final class RenewedKeys extends X509ExtendedKeyManager {
    private final Path directory;
    private final Loader loader;
    private volatile Generation current;
    private volatile Generation previous;

    /** Reads the identity in the files. */
    @FunctionalInterface
    interface Loader {
        X509ExtendedKeyManager load() throws IOException, GeneralSecurityException;
    }

    private record Generation(int number, List<FileTime> times, X509ExtendedKeyManager keys) {
        @Nullable
        String named(@Nullable String alias) {
            return alias == null ? null : number + ":" + alias;
        }
    }

    RenewedKeys(Path directory, Loader loader) throws IOException, GeneralSecurityException {
        this.directory = directory;
        this.loader = loader;
        this.current = new Generation(0, times(), loader.load());
        this.previous = current;
    }

    private List<FileTime> times() throws IOException {
        return List.of(
                Files.getLastModifiedTime(directory.resolve(PmTls.CERTIFICATE)),
                Files.getLastModifiedTime(directory.resolve(PmTls.KEY)));
    }

    private synchronized Generation newest() {
        try {
            List<FileTime> times = times();
            if (!times.equals(current.times)) {
                var next = new Generation(current.number + 1, times, loader.load());
                previous = current;
                current = next;
            }
        } catch (IOException | GeneralSecurityException halfWritten) {
            // The identity that was good until now goes on until the new one is whole.
            return current;
        }
        return current;
    }

    private X509ExtendedKeyManager of(String alias) {
        return alias.startsWith(current.number + ":") ? current.keys : previous.keys;
    }

    private static String plain(String alias) {
        return alias.substring(alias.indexOf(':') + 1);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
        Generation generation = newest();
        return generation.named(generation.keys.chooseEngineServerAlias(type, issuers, engine));
    }

    @Override
    public @Nullable String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers, SSLEngine engine) {
        Generation generation = newest();
        return generation.named(generation.keys.chooseEngineClientAlias(types, issuers, engine));
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
        Generation generation = newest();
        return generation.named(generation.keys.chooseServerAlias(type, issuers, socket));
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
        Generation generation = newest();
        return generation.named(generation.keys.chooseClientAlias(types, issuers, socket));
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        return current.keys.getServerAliases(type, issuers);
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return current.keys.getClientAliases(type, issuers);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return of(alias).getCertificateChain(plain(alias));
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return of(alias).getPrivateKey(plain(alias));
    }
}
