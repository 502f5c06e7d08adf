package dev.croft.vault.api;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The identity in two files as it is at each handshake: a renewed certificate is used from the next one on, without a restart. A
 * handshake under way keeps the identity it began with, and while certificate and key do not belong together, between the writing of the
 * one and of the other, the identity that was good until then goes on. Keeps the key as it is: a key store would encrypt it under a
 * password and decrypt it again, which takes a starting host longer than opening its private cloud. Thread-safe.
 */
public final class RenewedKeys extends X509ExtendedKeyManager {
    private static final byte[] PROBE = "croft".getBytes(StandardCharsets.US_ASCII);

    private final Path certificate;
    private final Path key;
    private final Loader loader;
    private volatile Generation current;
    private volatile Generation previous;

    /** A certificate chain, leaf first, and the leaf's key. */
    public record Identity(List<X509Certificate> chain, PrivateKey key) {
        String algorithm() {
            return chain.getFirst().getPublicKey().getAlgorithm();
        }

        /** Whether the key is the one of the certificate. */
        boolean isWhole() {
            try {
                Signature signature = Signature.getInstance(
                        switch (algorithm()) {
                            case "EC" -> "SHA256withECDSA";
                            case "RSA" -> "SHA256withRSA";
                            default -> algorithm();
                        });
                signature.initSign(key);
                signature.update(PROBE);
                byte[] signed = signature.sign();
                signature.initVerify(chain.getFirst().getPublicKey());
                signature.update(PROBE);
                return signature.verify(signed);
            } catch (GeneralSecurityException e) {
                return false;
            }
        }
    }

    /** Reads the identity in the files. */
    @FunctionalInterface
    public interface Loader {
        Identity load() throws IOException, GeneralSecurityException;
    }

    private record Generation(int number, List<FileTime> times, Identity identity) {
        @Nullable
        String alias(String... types) {
            for (String type : types) {
                // Older names for key types carry the kind of key exchange too, as EC_EC does.
                if (type.equals(identity.algorithm()) || type.startsWith(identity.algorithm() + "_")) {
                    return Integer.toString(number);
                }
            }
            return null;
        }
    }

    /**
     * The identity that {@code loader} reads.
     *
     * @param certificate file of the chain, whose change has it read again, as has that of {@code key}
     */
    public RenewedKeys(Path certificate, Path key, Loader loader) throws IOException, GeneralSecurityException {
        this.certificate = certificate;
        this.key = key;
        this.loader = loader;
        this.current = new Generation(0, times(), loader.load());
        this.previous = current;
    }

    private List<FileTime> times() throws IOException {
        return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
    }

    private synchronized Generation newest() {
        try {
            List<FileTime> times = times();
            if (!times.equals(current.times)) {
                Identity next = loader.load();
                if (next.isWhole()) {
                    previous = current;
                    current = new Generation(current.number + 1, times, next);
                }
            }
        } catch (IOException | GeneralSecurityException halfWritten) {
            return current;
        }
        return current;
    }

    private Identity of(String alias) {
        Generation newest = current;
        return alias.equals(Integer.toString(newest.number)) ? newest.identity : previous.identity;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
        return newest().alias(type);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers, SSLEngine engine) {
        return newest().alias(types);
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
        return newest().alias(type);
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
        return newest().alias(types);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        String alias = current.alias(type);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return getServerAliases(type, issuers);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return of(alias).chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return of(alias).key();
    }
}
