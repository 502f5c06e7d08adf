package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.lifecycle.Decision;
import dev.croft.router.lifecycle.Explanation;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.ReplicaStatus;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code croft cloud replicas | replicate | restore | explain}: where private clouds are kept, and why they sleep. */
final class CloudStorageCommands {
    private CloudStorageCommands() {}

    private static void tell(Output output, ReplicaStatus status) {
        Replicas replicas = status.replicas();
        if (replicas == null) {
            output.line("on its host alone");
        } else {
            replicas.servers().forEach(server -> output.line("%s", server));
            output.line(
                    "a record is acknowledged when %d of %d have it",
                    replicas.durability().of(replicas.servers().size()),
                    replicas.servers().size());
        }
        output.table(
                List.of("capsule", "records", "servers that have all"),
                status.capsules().stream()
                        .map(capsule -> List.of(
                                capsule.name(), Long.toString(capsule.records()), Integer.toString(capsule.settled())))
                        .toList());
        output.result(status);
    }

    /** {@code croft cloud replicas}. */
    @Command(
            name = "replicas",
            description = "Which capsule servers hold a private cloud besides its host, and how far they are.")
    static final class Show extends CloudCommand.Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            tell(output, owner.cloud().replicas());
            return ExitStatus.OK;
        }
    }

    /** {@code croft cloud replicate}. */
    @Command(
            name = "replicate",
            description = {
                "Have capsule servers hold a private cloud besides its host, from now on and for every write.",
                "It ends when enough of them have all of it; with too few, the private cloud stays as it was (exit status 6)."
            })
    static final class Replicate extends CloudCommand.Owned {
        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Override
        ExitStatus run(Output output) throws IOException {
            tell(output, owner.cloud().replicate(replicas.required()));
            return ExitStatus.OK;
        }
    }

    /** {@code croft cloud restore}. */
    @Command(
            name = "restore",
            description = {
                "Open a private cloud from the capsule servers that hold it, at this Croft, with nothing but its key: its file, or with --as and --passphrase the passphrase.",
                "Nothing acknowledged is lost, and what was spent of its budget stays spent."
            })
    static final class Restore extends CloudCommand.Owned {
        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Mixin
        RecoveryOptions recovery = new RecoveryOptions();

        @Option(names = "--own-process", description = "Give it a process of its own.")
        boolean ownProcess;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (owner.keyFile != null) {
                owner.key();
            }
            Replicas named = replicas.replicas().orElse(null);
            if (named == null && owner.keyFile == null && !owner.hasAccount()) {
                throw new CommandException(
                        ExitStatus.USAGE, "there is no account yet: name capsule servers with --replicas");
            }
            // Before anything is made: a wrong passphrase leaves no account behind.
            Passphrase tried = named == null ? null : owner.keyAtServers(recovery, named);
            try (RouterClient account = owner.accountOrNew()) {
                Replicas from = named == null ? account.replicas() : named;
                if (from == null) {
                    throw new CommandException(
                            ExitStatus.USAGE, "the account has no replicas: name capsule servers with --replicas");
                }
                Passphrase parameters = named == null ? owner.keyAtServers(recovery, from) : tried;
                OwnerKey key = owner.key();
                boolean known =
                        account.clouds().stream().anyMatch(cloud -> cloud.id().equals(key.cloudId()));
                if (!known) {
                    account.createCloud(
                            key.cloudId(),
                            owner.name(),
                            ownProcess ? PrivateCloud.Hosting.OWN_PROCESS : PrivateCloud.Hosting.SHARED);
                }
                CloudStatus status = account.bringKey(key, null, parameters, from, true);
                output.line("%s is %s", status.id(), status.state().name().toLowerCase(Locale.ROOT));
                tell(output, owner.cloud().replicas());
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft cloud explain}. */
    @Command(name = "explain", description = "Say why a private cloud is awake, or why it sleeps.")
    static final class Explain extends CloudCommand.Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                Explanation why = router.explain(owner.cloudId());
                output.line(
                        "%s is %s, last used %s", why.cloud(), why.state().toLowerCase(Locale.ROOT), why.lastUsed());
                Decision now = why.now();
                if (now != null) {
                    output.line("now: %s (%s): %s", words(now.action()), words(now.reason()), now.detail());
                }
                Explanation.Done last = why.last();
                if (last != null) {
                    output.line(
                            "last: %s at %s (%s): %s",
                            words(last.action()), last.at(), words(last.reason()), last.detail());
                }
                output.line("policy: %s", policy(why));
                output.result(why);
                return ExitStatus.OK;
            }
        }

        private static String policy(Explanation why) {
            StringBuilder text = new StringBuilder("sleeps after " + why.idleSeconds() + " idle seconds");
            if (why.policy().awakeSeconds() != null) {
                text.append(", after ").append(why.policy().awakeSeconds()).append(" awake");
            }
            if (why.policy().mostAwake() != null) {
                text.append(", at most ").append(why.policy().mostAwake()).append(" of the account awake");
            }
            return text.append(", weight ")
                    .append(Objects.requireNonNullElse(why.policy().weight(), 1))
                    .toString();
        }

        private static String words(Enum<?> value) {
            return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
