package dev.croft.router.tls;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The authority's own certificate and its renewal, in three steps, so that at each moment everyone trusts what anyone shows: the next one is made and trusted
 * beside the present one ({@code next/}); after {@link #OVERLAP} it issues; and the one before is trusted for as long as what it issued
 * may be valid ({@code old/UNTIL.pem}, epoch seconds). A crash between any two writes is made good when it is opened. Not thread-safe.
 */
final class Roots {
    /** How long a new root is trusted before it issues: in this time whoever trusts the old one has to fetch it. */
    static final Duration OVERLAP = Duration.ofDays(30);

    /** A root is renewed when it has less than this left. */
    static final Duration RENEW_BEFORE = Duration.ofDays(365);

    private final Path directory;
    private final Clock clock;
    private final Supplier<Identity> maker;
    private Identity issuing;

    /** @param maker makes a root that is valid from now on */
    Roots(Path directory, Clock clock, Supplier<Identity> maker) throws IOException {
        this.directory = directory;
        this.clock = clock;
        this.maker = maker;
        if (!Files.exists(directory.resolve(Identity.CERTIFICATE_FILE))) {
            maker.get().write(directory);
        }
        this.issuing = open();
        publish();
    }

    private Identity open() throws IOException {
        try {
            return Identity.read(directory);
        } catch (RouterException.Broken e) {
            if (!hasNext()) {
                throw e;
            }
            // The next one was being put in its place, whose two files are replaced one after the other.
            Identity next = Identity.read(next());
            next.write(directory);
            return next;
        }
    }

    private Path next() {
        return directory.resolve("next");
    }

    private boolean hasNext() {
        return Files.exists(next().resolve(Identity.CERTIFICATE_FILE));
    }

    /** What certificates are issued with now. */
    Identity issuing() {
        return issuing;
    }

    /** From now on issues with this one, whose key is the same. */
    void signedAnew(Identity same) throws IOException {
        same.write(directory);
        issuing = same;
    }

    /** Everything to trust, the issuing one first. */
    List<X509Certificate> trusted() throws IOException {
        List<X509Certificate> trusted = new ArrayList<>();
        trusted.add(issuing.certificate());
        if (hasNext()) {
            trusted.add(Identity.read(next()).certificate());
        }
        Path old = directory.resolve("old");
        if (Files.isDirectory(old)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(old, "*.pem")) {
                for (Path file : files) {
                    trusted.addAll(Identity.certificates(Files.readAllBytes(file)));
                }
            } catch (GeneralSecurityException e) {
                throw new RouterException.Broken("an old root cannot be read", e);
            }
        }
        return trusted.stream().distinct().toList();
    }

    /** {@link #trusted} as PEM. */
    byte[] pem() throws IOException {
        var pem = new StringBuilder();
        trusted().forEach(certificate -> pem.append(Identity.pem(certificate)));
        return pem.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private void publish() throws IOException {
        if (issuing.chain().size() > 1) {
            // A router that joined: clients trust the first router's, which it was told.
            return;
        }
        Path file = directory.resolve(CertificateAuthority.TRUST_FILE);
        byte[] pem = pem();
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), pem)) {
            PrivateFiles.write(file, pem);
        }
    }

    /** Begins the renewal, if it has not begun. */
    void renew() throws IOException {
        if (issuing.chain().size() > 1) {
            throw new RouterException.Conflict("the first router renews: this one's authority follows");
        }
        if (!hasNext()) {
            maker.get().write(next());
            publish();
        }
    }

    /** Takes the steps that are due. */
    void rotate() throws IOException {
        Instant now = clock.instant();
        if (issuing.chain().size() == 1
                && issuing.certificate()
                        .getNotAfter()
                        .toInstant()
                        .minus(RENEW_BEFORE)
                        .isBefore(now)) {
            renew();
        }
        if (hasNext()) {
            Identity next = Identity.read(next());
            if (!now.isBefore(next.certificate().getNotBefore().toInstant().plus(OVERLAP))) {
                promote(next, now);
            }
        }
        forgetOld(now);
        publish();
    }

    private void promote(Identity next, Instant now) throws IOException {
        if (!issuing.certificate().equals(next.certificate())) {
            Path old = PrivateFiles.directory(directory.resolve("old"));
            long until = now.plus(CertificateAuthority.LEAF_LIFETIME).getEpochSecond();
            PrivateFiles.write(
                    old.resolve(until + ".pem"),
                    Identity.pem(issuing.certificate()).getBytes(StandardCharsets.US_ASCII));
            next.write(directory);
            issuing = next;
        }
        Files.deleteIfExists(next().resolve(Identity.CERTIFICATE_FILE));
        Files.deleteIfExists(next().resolve(Identity.KEY_FILE));
    }

    private void forgetOld(Instant now) throws IOException {
        Path old = directory.resolve("old");
        if (Files.isDirectory(old)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(old, "[0-9]*.pem")) {
                for (Path file : files) {
                    long until = Long.parseLong(file.getFileName().toString().replace(".pem", ""));
                    if (until < now.getEpochSecond()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }
}
