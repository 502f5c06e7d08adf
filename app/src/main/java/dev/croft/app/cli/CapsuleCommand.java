package dev.croft.app.cli;

import picocli.CommandLine.Command;

/** {@code croft capsule}: capsules in directories. */
@Command(
        name = "capsule",
        description = "Make, fill, read, verify and prove things of capsules in directories, and keep them on servers.",
        subcommands = {
            CapsuleKeyCommand.class,
            CapsuleCreateCommand.class,
            CapsuleAppendCommand.class,
            CapsuleCatCommand.class,
            CapsuleLogCommand.class,
            CapsuleVerifyCommand.class,
            CapsuleProveCommand.class,
            CapsuleRotateCommand.class,
            CapsuleShredCommand.class,
            CapsuleGcCommand.class,
            CapsuleDuCommand.class,
            CapsuleDelegateCommand.class,
            CapsuleRevokeCommand.class,
            CapsuleCosignCommand.class,
            CapsuleScrubCommand.class,
            CapsuleServeCommand.class,
            CapsuleReplicateCommand.class,
            CapsuleAdvertiseCommand.class,
            CapsuleFollowCommand.class,
            CapsuleMountCommand.class,
            CapsuleFilesCommand.class,
            CapsuleKeyValueCommand.class,
            CapsuleSqlCommand.class,
            CapsuleSummaryCommand.class
        })
final class CapsuleCommand extends Group {}
