package dev.croft.app.cli;

import dev.croft.budget.Epsilon;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.Listing;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.VerifyReport;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft cloud}: private clouds, for their owners. */
@Command(
        name = "cloud",
        description = "Create, wake, hibernate, verify and delete private clouds.",
        subcommands = {
            CloudCommand.Create.class,
            CloudCommand.Show.class,
            CloudCommand.Unlock.class,
            CloudCommand.Wake.class,
            CloudCommand.Hibernate.class,
            CloudCommand.Lock.class,
            CloudCommand.Verify.class,
            CloudCommand.Audit.class,
            CloudStorageCommands.Show.class,
            CloudStorageCommands.Replicate.class,
            CloudStorageCommands.Restore.class,
            CloudStorageCommands.Explain.class,
            CloudRecoveryCommand.class,
            CloudBackupCommands.Backup.class,
            CloudBackupCommands.Import.class,
            CloudExportCommands.Export.class,
            CloudCommand.Delete.class
        })
final class CloudCommand extends Group {
    /** A command of one owner. */
    abstract static class Owned extends Subcommand {
        @Mixin
        OwnerOptions owner = new OwnerOptions();
    }

    /** {@code croft cloud create}. */
    @Command(
            name = "create",
            description = "Make a key and the private cloud that it opens. Losing the key loses the data: keep a copy.")
    static final class Create extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Parameters(paramLabel = "NAME", description = "Name of the owner's account; it is made if the home has none.")
        String name;

        @Option(
                names = "--key",
                paramLabel = "FILE",
                description = "Where to write the key (default: keys/NAME.key in the home).")
        @Nullable
        Path keyFile;

        @Mixin
        PassphraseOptions passphrase = new PassphraseOptions();

        @Option(
                names = "--no-key-file",
                description =
                        "Make the key from the passphrase itself and write no file; else a passphrase seals the file.")
        boolean noKeyFile;

        @Option(
                names = "--recovery-name",
                paramLabel = "NAME",
                description =
                        "With --no-key-file: the key's salt is made from this name (default: that of the account), so that passphrase and name are all that it takes to have it again.")
        @Nullable
        String recoveryName;

        @Option(
                names = "--random-salt",
                description =
                        "With --no-key-file: a salt that nobody can expect; without the router it takes the recovery sheet to have the key again.")
        boolean randomSalt;

        @Option(names = "--own-process", description = "Give it a process of its own.")
        boolean ownProcess;

        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Option(
                names = "--epsilon",
                defaultValue = "1.0",
                description = "Budget of each block (default: ${DEFAULT-VALUE}).")
        Epsilon epsilon = Epsilon.parse("1.0");

        @Option(
                names = "--window-days",
                description = "Days of data that a block covers (default: all data are one block).")
        @Nullable
        Integer windowDays;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (windowDays != null && (windowDays < 1 || windowDays > 36_525)) {
                throw new CommandException(ExitStatus.USAGE, "--window-days lies between 1 and 36525");
            }
            if (noKeyFile && (!passphrase.given() || keyFile != null)) {
                throw new CommandException(
                        ExitStatus.USAGE,
                        "--no-key-file goes with --passphrase or --passphrase-file, and without --key");
            }
            if ((recoveryName != null || randomSalt) && (!noKeyFile || recoveryName != null && randomSalt)) {
                throw new CommandException(
                        ExitStatus.USAGE, "--recovery-name or --random-salt, one of them, go with --no-key-file");
            }
            BudgetPolicy policy = new BudgetPolicy(epsilon, windowDays);
            Path file = keyFile != null ? keyFile : server.home().keys().resolve(name + ".key");
            if (!noKeyFile && Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            boolean known = Files.isRegularFile(server.home().tokens().resolve(name));
            try (RouterClient account = known ? server.as(name) : server.create(name, Role.OWNER)) {
                char[] phrase = passphrase.readNew();
                Passphrase parameters = noKeyFile ? parameters() : null;
                OwnerKey key;
                try {
                    if (parameters == null) {
                        key = OwnerKey.generate();
                        key.save(file, phrase);
                    } else {
                        key = OwnerKey.fromPassphrase(Objects.requireNonNull(phrase, "asked for above"), parameters);
                    }
                } finally {
                    if (phrase != null) {
                        Arrays.fill(phrase, '\0');
                    }
                }
                account.createCloud(
                        key.cloudId(),
                        name,
                        ownProcess ? PrivateCloud.Hosting.OWN_PROCESS : PrivateCloud.Hosting.SHARED);
                account.bringKey(key, policy, parameters, replicas.replicas().orElseGet(account::replicas), false);
                if (parameters == null) {
                    output.line("private cloud %s; its key is in %s", key.cloudId(), file);
                    output.result(Map.of("cloud", key.cloudId(), "key", file.toString(), "account", name));
                } else {
                    output.line("private cloud %s; its key is made from the passphrase", key.cloudId());
                    output.result(Map.of("cloud", key.cloudId(), "account", name));
                }
                return ExitStatus.OK;
            }
        }

        private Passphrase parameters() {
            var recovery = new RecoveryOptions();
            recovery.name = recoveryName;
            return randomSalt ? Passphrase.recommended(salt()) : recovery.parameters(name);
        }

        private static byte[] salt() {
            byte[] salt = new byte[16];
            new SecureRandom().nextBytes(salt);
            return salt;
        }
    }

    /** {@code croft cloud list}. */
    @Command(name = "list", description = "List an account's private clouds.")
    static final class Show extends RouterSubcommand {
        @Option(names = "--as", required = true, paramLabel = "ACCOUNT", description = "The owner's account.")
        String account = "";

        @Override
        RouterClient client() throws IOException {
            return server.as(account);
        }

        @Override
        void ask(RouterClient router, Output output) {
            List<PrivateCloud> clouds = router.clouds();
            output.table(
                    List.of("id", "label", "hosting", "state", "last used"),
                    clouds.stream()
                            .map(cloud -> List.of(
                                    cloud.id(),
                                    cloud.label(),
                                    cloud.hosting().name(),
                                    cloud.state().name(),
                                    cloud.lastUsed().toString()))
                            .toList());
            output.result(clouds);
        }
    }

    /** {@code croft cloud unlock}. */
    @Command(name = "unlock", description = "Bring the owner's key, sealed to the host, after a restart.")
    static final class Unlock extends Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                CloudStatus status = router.bringKey(owner.key(), null, null);
                output.line("%s is %s", status.id(), lower(status.state()));
                output.result(Map.of("cloud", status.id(), "state", lower(status.state())));
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft cloud wake}. */
    @Command(name = "wake", description = "Wake a private cloud.")
    static final class Wake extends Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                String state = router.wake(owner.cloudId());
                output.line("%s is %s", owner.cloudId(), state);
                output.result(Map.of("cloud", owner.cloudId(), "state", state));
                return state.equals("locked") ? ExitStatus.UNAVAILABLE : ExitStatus.OK;
            }
        }
    }

    /** {@code croft cloud hibernate}. */
    @Command(name = "hibernate", description = "Put a private cloud to sleep.")
    static final class Hibernate extends Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                router.hibernate(owner.cloudId());
                output.line("%s sleeps", owner.cloudId());
                output.result(Map.of("cloud", owner.cloudId(), "state", "hibernated"));
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft cloud lock}. */
    @Command(
            name = "lock",
            description = "Make the host forget the key; nothing is read or written until it is brought again.")
    static final class Lock extends Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            CloudStatus status = owner.cloud().lock();
            output.line("%s is %s", status.id(), lower(status.state()));
            output.result(Map.of("cloud", status.id(), "state", lower(status.state())));
            return ExitStatus.OK;
        }
    }

    /** {@code croft cloud verify}. */
    @Command(
            name = "verify",
            description = "Verify every capsule of a private cloud; exit status 7 if one is not whole.")
    static final class Verify extends Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            VerifyReport report = owner.cloud().verify();
            output.table(
                    List.of("capsule", "records", "problem"),
                    report.capsules().stream()
                            .map(capsule -> List.of(
                                    capsule.name(),
                                    Long.toString(capsule.records()),
                                    capsule.problem() == null ? "none" : capsule.problem()))
                            .toList());
            output.result(report);
            return report.isWhole() ? ExitStatus.OK : ExitStatus.UNVERIFIED;
        }
    }

    /** {@code croft cloud audit}. */
    @Command(name = "audit", description = "List who did what, refusals included.")
    static final class Audit extends Owned {
        @Option(names = "--from", defaultValue = "0", description = "First record (default: ${DEFAULT-VALUE}).")
        long from;

        @Option(names = "--limit", defaultValue = "1000", description = "Most records (default: ${DEFAULT-VALUE}).")
        int limit;

        @Override
        ExitStatus run(Output output) throws IOException {
            Listing<AuditEntry> audit = owner.cloud().audit(from, limit);
            output.table(
                    List.of("time", "who", "operation", "object", "outcome", "count", "detail"),
                    audit.items().stream()
                            .map(entry -> List.of(
                                    entry.time().toString(),
                                    entry.who(),
                                    entry.operation(),
                                    entry.object(),
                                    entry.outcome(),
                                    Long.toString(entry.count()),
                                    entry.detail()))
                            .toList());
            output.result(audit);
            return ExitStatus.OK;
        }
    }

    /** {@code croft cloud delete}. */
    @Command(name = "delete", description = "Delete a private cloud with everything in it.")
    static final class Delete extends Owned {
        @Option(names = "--yes", required = true, description = "It cannot be undone; say that you know.")
        boolean yes;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                router.deleteCloud(Signer.owner(owner.key()));
                output.line("%s is deleted", owner.cloudId());
                output.result(Map.of("cloud", owner.cloudId(), "state", "deleted"));
                return ExitStatus.OK;
            }
        }
    }

    private static String lower(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
