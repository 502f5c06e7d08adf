package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule delegate}: the owner's word that another key may do something with a capsule. */
@Command(
        name = "delegate",
        description = {
            "Let a key read a capsule from its servers, serve it, or route requests for it; writes the owner's word to a file.",
            "A reader's key is printed by 'croft capsule key --asking'. Take it back with 'croft capsule revoke'."
        })
final class CapsuleDelegateCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of the capsule.")
    Path directory;

    @Mixin
    CapsuleOwnerOptions owner = new CapsuleOwnerOptions();

    @Option(names = "--to", required = true, paramLabel = "KEY", description = "Their public key, 64 hex digits.")
    String to = "";

    @Option(
            names = "--role",
            defaultValue = "READ",
            description = "What they may do: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Role role = Role.READ;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new file, for them.")
    Path out = Path.of("");

    @Override
    ExitStatus run(Output output) throws IOException {
        if (owner.days < 1 || owner.days > 36_500) {
            throw new CommandException(ExitStatus.USAGE, "--days lies between 1 and 36500");
        }
        SigningKey key = owner.key();
        CapsuleMetadata metadata;
        try (CapsuleReader capsule = CapsuleReader.open(CapsuleKeys.existing(directory), null)) {
            metadata = capsule.metadata();
        }
        Delegation issued = owner.delegate(directory, key, metadata, role, CapsuleOwnerOptions.key(to));
        Files.write(out, issued.encoded());
        String serial = HexFormat.of().formatHex(issued.serial());
        output.line("%s may %s until %s: serial %s", to, role.name().toLowerCase(Locale.ROOT), issued.until(), serial);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", out.toString());
        result.put("capsule", metadata.name().toString());
        result.put("role", role.name());
        result.put("until", issued.until().toString());
        result.put("serial", serial);
        output.result(result);
        return ExitStatus.OK;
    }
}
