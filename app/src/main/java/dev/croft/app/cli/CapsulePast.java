package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A subcommand that shows a view of a capsule, as it is or as it was. */
abstract class CapsulePast extends Subcommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleReading reading = new CapsuleReading();

    @Option(
            names = "--at",
            paramLabel = "SIZE|TIME",
            description = "As it was when the capsule had SIZE records, or at TIME (default: now).")
    @Nullable
    AsOf at;

    /** How many records the capsule had at the time that is asked for. */
    long size(CapsuleReader reader) {
        return at == null ? reader.size() : at.in(reader);
    }
}
