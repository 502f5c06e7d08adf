package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code croft cloud recovery-sheet}: what an owner writes down, none of it secret. */
@Command(
        name = "recovery-sheet",
        description = {
            "Print what it takes, besides the key or the passphrase, to open a private cloud again without this Croft.",
            "Nothing on the sheet is secret; keep it apart from the key all the same."
        })
final class CloudRecoveryCommand extends CloudCommand.Owned {
    @Override
    ExitStatus run(Output output) throws IOException {
        OwnerKey key = owner.key();
        try (RouterClient account = owner.router()) {
            Passphrase made = account.pm(key.cloudId()).cloud(key.cloudId()).passphrase();
            Replicas replicas =
                    account.pm(key.cloudId()).as(Signer.owner(key)).replicas().replicas();
            boolean named = made != null && made.equals(Passphrase.named(owner.name()));
            output.line("private cloud  %s of %s", key.cloudId(), owner.name());
            output.line(
                    "key            %s",
                    made == null
                            ? "in a file of three lines, of which the second is: cloud " + key.cloudId()
                            : "made from a passphrase by Argon2id, %d MiB, %d passes, %d lanes"
                                    .formatted(made.memoryKib() / 1024, made.iterations(), made.parallelism()));
            if (made != null) {
                output.line(
                        "salt           %s%s",
                        made.salt(), named ? ", which follows from the name " + owner.name() : "");
            }
            List<String> servers = replicas == null ? List.of() : replicas.servers();
            if (replicas == null) {
                output.line("kept           on its host alone: nothing but a backup brings it back");
            } else {
                servers.forEach(server -> output.line("kept           %s", server));
                output.line(
                        "to restore     croft cloud restore --as %s %s --replicas %s --durability %s",
                        owner.name(),
                        made == null ? "--key FILE" : named ? "--passphrase" : "--passphrase --salt " + made.salt(),
                        String.join(",", servers),
                        replicas.durability().name().toUpperCase(Locale.ROOT));
            }
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("cloud", key.cloudId());
            result.put("account", owner.name());
            if (made != null) {
                result.put("passphrase", made);
            }
            result.put("replicas", servers);
            output.result(result);
            return ExitStatus.OK;
        }
    }
}
