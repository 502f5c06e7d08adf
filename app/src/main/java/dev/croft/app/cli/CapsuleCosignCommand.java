package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Cosigning;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import dev.croft.capsule.tlog.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule cosign}: asks witnesses to sign where a capsule stands. */
@Command(
        name = "cosign",
        description = {
            "Write a checkpoint (c2sp.org/tlog-checkpoint) of the capsule's head, and have witnesses sign it (c2sp.org/tlog-witness).",
            "A witness signs only what goes on from all it signed before, so who trusts one witness knows that nobody is shown another history. "
                    + "Check it with 'croft capsule verify --checkpoint'. Exit status 6 when fewer than --quorum signed, 7 when one shows another history."
        })
final class CapsuleCosignCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of the capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys = new CapsuleKeys();

    @Option(
            names = "--witness",
            required = true,
            paramLabel = "SERVER",
            description = "A server that holds the capsule, KEY@HOST:PORT; may be repeated.")
    List<String> witnesses = List.of();

    @Option(names = "--quorum", description = "How many must sign (default: all).")
    int quorum;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new checkpoint.")
    Path out = Path.of("");

    @Override
    ExitStatus run(Output output) throws IOException {
        List<ServerAddress> asked = CapsuleOwnerOptions.servers(witnesses);
        SigningKey writer = keys.writer(directory);
        int signed = 0;
        boolean contradicted = false;
        try (CapsuleReader reader = CapsuleReader.open(CapsuleKeys.existing(directory), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            StringBuilder note = new StringBuilder(Checkpoint.of(tree.head()).sign(writer));
            for (ServerAddress address : asked) {
                try (var witness = new ServerClient(address, reader.metadata(), null)) {
                    note.append(Cosigning.ask(witness, tree, writer));
                    signed++;
                    output.line("%s: signed %d records", address, tree.head().size());
                } catch (ReplicationException.Refused e) {
                    contradicted = true;
                    output.line("%s: %s", address, String.valueOf(e.getMessage()));
                } catch (ReplicationException | Malformed e) {
                    output.line("%s: %s", address, String.valueOf(e.getMessage()));
                }
            }
            Files.writeString(out, note);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", out.toString());
            result.put("size", tree.head().size());
            result.put("root", tree.head().root().toString());
            result.put("signed", signed);
            output.result(result);
        }
        if (contradicted) {
            return ExitStatus.UNVERIFIED;
        }
        return signed >= (quorum == 0 ? asked.size() : quorum) ? ExitStatus.OK : ExitStatus.UNAVAILABLE;
    }
}
