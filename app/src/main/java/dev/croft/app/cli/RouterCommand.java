package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.tls.IssuedCertificate;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft router}: what an operator does with a running router. */
@Command(
        name = "router",
        description = "What an operator does with a running router.",
        subcommands = {
            RouterFleetCommands.Show.class,
            RouterFleetCommands.Invite.class,
            RouterFleetCommands.Drain.class,
            RouterFleetCommands.Remove.class,
            RouterCommand.Certificates.class
        })
final class RouterCommand extends Group {
    /** {@code croft router certificates}. */
    @Command(
            name = "certificates",
            description = "The certificates by which router, hosts and clients know each other.",
            subcommands = {Show.class, Revoke.class, Renew.class, Trust.class})
    static final class Certificates extends Group {}

    private static void show(List<IssuedCertificate> certificates, Output output) {
        output.table(
                List.of("serial", "name", "purpose", "expires", "revoked"),
                certificates.stream()
                        .map(one -> List.of(
                                one.serial(),
                                one.name(),
                                one.purpose(),
                                one.expires().toString(),
                                one.revoked() ? "yes" : "no"))
                        .toList());
        output.result(certificates);
    }

    /** {@code croft router certificates list}. */
    @Command(name = "list", description = "List what was issued and has not expired.")
    static final class Show extends RouterSubcommand {
        @Override
        void ask(RouterClient router, Output output) {
            show(router.certificates(), output);
        }
    }

    /** {@code croft router certificates revoke}. */
    @Command(
            name = "revoke",
            description = {
                "Revoke a certificate whose key was stolen, or whose holder is no more: nobody accepts it from now on.",
                "A part of this installation that showed it shows another from its next handshake on."
            })
    static final class Revoke extends RouterSubcommand {
        @Parameters(paramLabel = "SERIAL", description = "Its serial number, as listed.")
        String serial;

        @Override
        void check() {
            if (!serial.matches("[0-9a-fA-F]{1,40}")) {
                throw new CommandException(ExitStatus.USAGE, "a serial number is hexadecimal");
            }
        }

        @Override
        void ask(RouterClient router, Output output) {
            show(router.revokeCertificate(serial), output);
        }
    }

    /** {@code croft router certificates renew}. */
    @Command(
            name = "renew",
            description = {
                "Begin to renew the authority itself now, rather than a year before its end. Old and new are trusted from now on,",
                "the new one issues after 30 days, and the old one is forgotten 30 days later."
            })
    static final class Renew extends RouterSubcommand {
        @Override
        void ask(RouterClient router, Output output) throws IOException {
            tell(router.renewAuthority(), null, output);
        }
    }

    /** {@code croft router certificates trust}. */
    @Command(
            name = "trust",
            description =
                    "Fetch what clients of this installation trust, by what is trusted now; for clients on other machines.")
    static final class Trust extends RouterSubcommand {
        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "Replace this file with it (default: standard output).")
        @Nullable
        Path out;

        @Override
        void ask(RouterClient router, Output output) throws IOException {
            tell(router.trust(), out, output);
        }
    }

    private static void tell(byte[] pem, @Nullable Path out, Output output) throws IOException {
        String text = new String(pem, StandardCharsets.US_ASCII);
        if (out == null) {
            text.lines().forEach(line -> output.line("%s", line));
        } else {
            PrivateFiles.write(out, pem);
            output.line("%s", out);
        }
        output.result(Map.of("trust", text));
    }
}
