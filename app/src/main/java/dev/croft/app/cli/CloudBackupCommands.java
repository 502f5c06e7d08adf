package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Push;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import dev.croft.capsule.server.ServerConnections;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.PermissionManager;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.VerifyReport;
import dev.croft.vault.store.CapsuleParts;
import dev.croft.vault.store.DurableFile;
import dev.croft.vault.store.OwnerCapsule;
import dev.croft.vault.store.Replication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft cloud backup | import}: a private cloud's capsules in a folder, and back from there. */
final class CloudBackupCommands {
    private static final String REPLICAS = "replicas.json";
    private static final int MOST_BYTES = 64 * 1024;
    private static final Duration DELEGATED = Duration.ofDays(400);
    private static final Duration CLOCKS = Duration.ofMinutes(10);

    private CloudBackupCommands() {}

    private static VerifyReport catchUp(Path folder, OwnerKey key, Replicas from) {
        try (var connections = new ServerConnections()) {
            new Replication(connections, Duration.ofSeconds(10)).catchUp(folder, key, from);
        }
        return new VerifyReport(Arrays.stream(OwnerCapsule.values())
                .map(capsule -> {
                    var report = CapsuleVerifier.verify(folder.resolve(capsule.id()));
                    return new VerifyReport.Capsule(
                            capsule.id(), report.records(), report.intact() ? null : String.valueOf(report.flaw()));
                })
                .toList());
    }

    private static void tell(Output output, VerifyReport report) {
        output.table(
                List.of("capsule", "records", "problem"),
                report.capsules().stream()
                        .map(capsule -> List.of(
                                capsule.name(),
                                Long.toString(capsule.records()),
                                capsule.problem() == null ? "none" : capsule.problem()))
                        .toList());
    }

    /** {@code croft cloud backup}. */
    @Command(
            name = "backup",
            description = {
                "Copy a private cloud's capsules from its replicas, or from its host if it has none, into a folder, or bring the folder up to them.",
                "What broke off goes on.",
                "They stay sealed and signed: 'croft capsule verify' checks them, and only the key opens them."
            })
    static final class Backup extends CloudCommand.Owned {
        @Parameters(paramLabel = "DIR", description = "The folder; made if it is not there.")
        Path folder;

        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Override
        ExitStatus run(Output output) throws IOException {
            OwnerKey key = owner.key();
            Replicas from = replicas.replicas().orElse(null);
            if (from == null) {
                from = owner.cloud().replicas().replicas();
            }
            if (from == null) {
                return fromItsHost(key, output);
            }
            DurableFile.directory(folder);
            VerifyReport report = catchUp(folder, key, from);
            DurableFile.write(folder.resolve(REPLICAS), Json.write(from));
            tell(output, report);
            output.result(report);
            return report.isWhole() ? ExitStatus.OK : ExitStatus.UNVERIFIED;
        }

        /** Without capsule servers the host itself gives its capsules, piece by piece. */
        private ExitStatus fromItsHost(OwnerKey key, Output output) throws IOException {
            DurableFile.directory(folder);
            try (Progress progress = Progress.of(output, "Fetching", -1)) {
                CapsuleParts.fetch(folder, key, owner.cloud(), progress::step);
            } catch (CapsuleException | CapsuleReplica.Refused e) {
                throw new CommandException(ExitStatus.UNVERIFIED, folder + ": " + e.getMessage(), e);
            }
            VerifyReport report = PermissionManager.verify(folder);
            tell(output, report);
            output.result(report);
            return report.isWhole() ? ExitStatus.OK : ExitStatus.UNVERIFIED;
        }
    }

    /** {@code croft cloud import}. */
    @Command(
            name = "import",
            description = {
                "Bring a private cloud from a folder of 'croft cloud backup' or 'croft cloud export' to this Croft and its capsule servers.",
                "An export's documents are added to the private cloud of the key, another's too, and what was spent of the budget there is spent here;"
                        + " grants are not taken over.",
                "A backup is the private cloud itself. First the folder is brought up to the replicas that it came from: an old backup would refund what was spent since. Exit status 6 when they do not answer."
            })
    static final class Import extends CloudCommand.Owned {
        @Parameters(paramLabel = "DIR", description = "The folder.")
        Path folder;

        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Option(names = "--own-process", description = "Give it a process of its own.")
        boolean ownProcess;

        @Option(
                names = "--yes",
                description =
                        "Do not ask whether a private cloud may be made with the budget policy of somebody else's export.")
        boolean yes;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (Files.exists(folder.resolve(ExportFolder.MANIFEST))) {
                return CloudExportCommands.take(
                        folder, owner, replicas.replicas().orElse(null), ownProcess, yes, output);
            }
            OwnerKey key = owner.key();
            Replicas origin = DurableFile.read(folder.resolve(REPLICAS), MOST_BYTES)
                    .map(json -> Json.read(json, Replicas.class))
                    .orElse(null);
            if (origin == null && !Files.exists(folder.resolve("data/metadata"))) {
                throw new CommandException(ExitStatus.INPUT, folder + " holds no backup of a private cloud");
            }
            VerifyReport report = origin == null ? PermissionManager.verify(folder) : catchUp(folder, key, origin);
            tell(output, report);
            if (!report.isWhole()) {
                return ExitStatus.UNVERIFIED;
            }
            try (RouterClient account = owner.routerOrNew()) {
                Replicas to = replicas.replicas().orElseGet(account::replicas);
                if (to == null) {
                    to = origin;
                }
                if (to == null) {
                    throw new CommandException(
                            ExitStatus.USAGE,
                            "this backup came from a host without capsule servers: name those that it goes to with --replicas");
                }
                if (!to.equals(origin)) {
                    push(folder, key, to);
                }
                if (account.clouds().stream().noneMatch(cloud -> cloud.id().equals(key.cloudId()))) {
                    account.createCloud(
                            key.cloudId(),
                            owner.name(),
                            ownProcess ? PrivateCloud.Hosting.OWN_PROCESS : PrivateCloud.Hosting.SHARED);
                }
                CloudStatus status = account.bringKey(key, null, null, to, true);
                output.line("%s is %s", status.id(), status.state().name().toLowerCase(Locale.ROOT));
                output.result(Map.of("cloud", status.id(), "capsules", report.capsules()));
                return ExitStatus.OK;
            }
        }

        /** All of them take it, so that no quorum of them can have an older copy than this. */
        private static void push(Path folder, OwnerKey key, Replicas to) {
            SigningKey owner = key.signingKey();
            Instant from = Instant.now().minus(CLOCKS);
            for (OwnerCapsule capsule : OwnerCapsule.values()) {
                Path place = folder.resolve(capsule.id());
                if (!Files.isDirectory(place)) {
                    continue;
                }
                try (CapsuleReader reader = CapsuleReader.open(place, null)) {
                    for (ServerAddress address : to.addresses()) {
                        try (var server = new ServerClient(address, reader.metadata(), new Reading(owner, null))) {
                            Push.to(
                                    server,
                                    reader,
                                    Delegation.issue(
                                            owner,
                                            reader.name(),
                                            Role.SERVE,
                                            address.key(),
                                            from,
                                            from.plus(DELEGATED)));
                        } catch (ReplicationException e) {
                            throw new CommandException(ExitStatus.UNAVAILABLE, address + ": " + e.getMessage(), e);
                        }
                    }
                }
            }
        }
    }
}
