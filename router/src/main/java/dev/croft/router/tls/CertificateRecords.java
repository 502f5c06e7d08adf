package dev.croft.router.tls;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which certificates an authority issued, and which of them it revoked, in two files of its directory. What is known to have expired is forgotten; what
 * was revoked and is not known otherwise stays revoked, so losing the first file forgives nobody. Thread-safe.
 */
final class CertificateRecords {
    private final Path issuedFile;
    private final Path revokedFile;
    private final Map<String, Issued> issued = new LinkedHashMap<>();
    private final Set<String> revoked = new TreeSet<>();
    private final Path elsewhereFile;
    private volatile Set<BigInteger> elsewhere = Set.of();

    private record Issued(CertificateAuthority.Purpose purpose, Instant expires, String name) {}

    CertificateRecords(Path directory, Path revokedFile, Instant now) throws IOException {
        this.issuedFile = directory.resolve("issued");
        this.revokedFile = revokedFile;
        this.elsewhereFile = directory.resolve("revoked-elsewhere");
        if (Files.exists(elsewhereFile)) {
            elsewhere = serials(Files.readString(elsewhereFile, StandardCharsets.US_ASCII));
        }
        Set<String> expired = new HashSet<>();
        if (Files.exists(issuedFile)) {
            for (String line : Files.readAllLines(issuedFile, StandardCharsets.UTF_8)) {
                String[] words = line.split(" ", 4);
                Instant expires = words.length == 4 ? Instant.parse(words[2]) : Instant.MIN;
                // The last line may have been cut off by a crash: that certificate was given to nobody.
                if (expires.isAfter(now)) {
                    issued.put(
                            words[0],
                            new Issued(
                                    CertificateAuthority.Purpose.valueOf(words[1].toUpperCase(Locale.ROOT)),
                                    expires,
                                    words[3]));
                } else if (words.length == 4) {
                    expired.add(words[0]);
                }
            }
        }
        if (Files.exists(revokedFile)) {
            for (BigInteger serial : serials(Files.readString(revokedFile, StandardCharsets.US_ASCII))) {
                revoked.add(serial.toString(16));
            }
            if (revoked.removeAll(expired)) {
                // Before the other file forgets when they expired.
                writeRevoked();
            }
        }
        if (Files.exists(issuedFile)) {
            rewrite();
        }
    }

    private void writeRevoked() throws IOException {
        PrivateFiles.write(revokedFile, (String.join("\n", revoked) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void rewrite() throws IOException {
        var text = new StringBuilder();
        issued.forEach((serial, one) -> text.append(line(serial, one)));
        PrivateFiles.write(issuedFile, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String line(String serial, Issued one) {
        return serial + " " + one.purpose().name().toLowerCase(Locale.ROOT) + " " + one.expires() + " " + one.name()
                + "\n";
    }

    static String serial(X509Certificate certificate) {
        return certificate.getSerialNumber().toString(16);
    }

    synchronized void issued(X509Certificate certificate, CertificateAuthority.Purpose purpose, String name)
            throws IOException {
        Issued one = new Issued(purpose, certificate.getNotAfter().toInstant(), name);
        if (!Files.exists(issuedFile)) {
            PrivateFiles.write(issuedFile, new byte[0]);
        }
        // On disk before it is given to anybody: what is not known as issued cannot be, or stay, revoked.
        Files.writeString(
                issuedFile, line(serial(certificate), one), StandardOpenOption.APPEND, StandardOpenOption.DSYNC);
        issued.put(serial(certificate), one);
    }

    /** @throws RouterException.NotFound when no certificate that is valid still has this serial number */
    synchronized void revoke(String serial) throws IOException {
        if (!issued.containsKey(serial)) {
            throw new RouterException.NotFound("certificate");
        }
        if (revoked.add(serial)) {
            writeRevoked();
        }
    }

    /** Revokes every authority of that router that was signed here. */
    synchronized void revokeRouter(String name) throws IOException {
        for (Map.Entry<String, Issued> one : issued.entrySet()) {
            if (one.getValue().purpose() == CertificateAuthority.Purpose.ROUTER
                    && one.getValue().name().equals(CertificateAuthority.routerName(name))) {
                revoke(one.getKey());
            }
        }
    }

    /** What another authority revoked, in place of what it had before; a serial number in each line. */
    synchronized void elsewhere(String list) throws IOException {
        Set<BigInteger> serials = serials(list);
        if (!serials.equals(elsewhere)) {
            PrivateFiles.write(elsewhereFile, lines(serials).getBytes(StandardCharsets.US_ASCII));
            elsewhere = serials;
        }
    }

    static String lines(Set<BigInteger> serials) {
        var text = new StringBuilder();
        serials.forEach(serial -> text.append(serial.toString(16)).append('\n'));
        return text.toString();
    }

    /** @throws IOException when it cannot be understood, so that nobody takes it for less than it says */
    private static Set<BigInteger> serials(String list) throws IOException {
        var serials = new TreeSet<BigInteger>();
        try {
            list.lines().filter(line -> !line.isBlank()).forEach(line -> serials.add(new BigInteger(line, 16)));
        } catch (NumberFormatException e) {
            throw new IOException("what is revoked cannot be understood", e);
        }
        return serials;
    }

    synchronized boolean isRevoked(X509Certificate certificate) {
        return revoked.contains(serial(certificate));
    }

    /** The serial numbers of all that is revoked, here and elsewhere. */
    synchronized Set<BigInteger> revoked() {
        var serials = new TreeSet<>(elsewhere);
        revoked.forEach(serial -> serials.add(new BigInteger(serial, 16)));
        return serials;
    }

    synchronized List<IssuedCertificate> list(Instant now) {
        var all = new ArrayList<IssuedCertificate>();
        issued.forEach((serial, one) -> {
            if (one.expires().isAfter(now)) {
                all.add(new IssuedCertificate(
                        serial,
                        one.name(),
                        one.purpose().name().toLowerCase(Locale.ROOT),
                        one.expires(),
                        revoked.contains(serial)));
            }
        });
        return all;
    }
}
