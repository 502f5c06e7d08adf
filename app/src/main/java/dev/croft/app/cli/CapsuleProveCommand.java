package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule prove}: a small file that {@code croft capsule verify} checks anywhere. */
@Command(
        name = "prove",
        description = {
            "Write a proof that anyone checks offline with 'croft capsule verify'; needs no key.",
            "Of a record or a range: that it is in the capsule. With --older: that the capsule goes on from the head that another copy, "
                    + "or an earlier proof, has; when it does not, the proof convicts the writer of two histories and the exit status is 7."
        })
final class CapsuleProveCommand extends Subcommand {
    private static final System.Logger LOG = System.getLogger(CapsuleProveCommand.class.getName());
    private static final int MOST_PROOF_BYTES = 64 << 20;

    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @ArgGroup(multiplicity = "1")
    About about = new About();

    /** What is to be proved. */
    static final class About {
        @Option(names = "--record", paramLabel = "N", description = "This record is in the capsule.")
        @Nullable
        Long record;

        @Option(
                names = "--older",
                paramLabel = "PATH",
                description = "The capsule goes on from this: a directory of another copy, or a proof.")
        @Nullable
        Path older;
    }

    @Option(
            names = "--to",
            paramLabel = "N",
            description = "With --record, all up to this one, exclusive; at most 4096.")
    @Nullable
    Long to;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The new proof file.")
    Path out = Path.of("");

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleReader reader = CapsuleReader.open(CapsuleKeys.existing(directory), null)) {
            CapsuleTree tree = new CapsuleTree(reader);
            keep(tree, reader);
            Proof proof = about.record != null
                    ? membership(tree, about.record, to == null ? about.record + 1 : to)
                    : consistency(tree, reader, head(Objects.requireNonNull(about.older), reader));
            byte[] encoded = proof.encoded();
            Files.write(out, encoded);
            output.line("%s", CapsuleVerifyCommand.claim(proof));
            output.line("%s: %d bytes, about capsule %s", out, encoded.length, reader.name());
            output.result(Map.of(
                    "file", out.toString(),
                    "bytes", encoded.length,
                    "capsule", reader.name().toString(),
                    "claim", CapsuleVerifyCommand.claim(proof)));
            return proof instanceof Proof.Equivocation ? ExitStatus.UNVERIFIED : ExitStatus.OK;
        }
    }

    /** Of a long capsule the next proof need not read all of it; where we may not write, it does. */
    private static void keep(CapsuleTree tree, CapsuleReader reader) {
        try {
            tree.keep();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the tree over {0} is not kept: {1}",
                    reader.directory(),
                    e.getMessage());
        }
    }

    private static Proof membership(CapsuleTree tree, long from, long to) {
        if (from < 0 || to <= from || to > tree.head().size() || to - from > Proof.MOST_RECORDS) {
            throw new CommandException(
                    ExitStatus.NOT_FOUND,
                    "no such 1 to " + Proof.MOST_RECORDS + " records in a capsule of "
                            + tree.head().size());
        }
        return tree.membership(from, to);
    }

    private static Proof consistency(CapsuleTree tree, CapsuleReader reader, Heartbeat older) {
        if (!older.verify(reader.metadata().writerKey())) {
            throw new CommandException(ExitStatus.UNVERIFIED, "the older head is not signed by the capsule's writer");
        }
        if (older.size() > tree.head().size()) {
            throw new CommandException(
                    ExitStatus.INPUT, "that head is the newer one: prove it from the copy that has it");
        }
        try {
            return tree.consistency(older);
        } catch (ProofChecker.Rejected e) {
            return tree.equivocation(older);
        }
    }

    /** The head of another copy, or the newest one that a proof is about. */
    private static Heartbeat head(Path path, CapsuleReader reader) throws IOException {
        if (Files.isDirectory(path)) {
            try (CapsuleReader other = CapsuleReader.open(path, null)) {
                if (!other.name().equals(reader.name())) {
                    throw new CommandException(ExitStatus.INPUT, path + ": another capsule");
                }
                return other.head();
            }
        }
        Proof proof = read(path);
        if (!proof.metadata().name().equals(reader.name())) {
            throw new CommandException(ExitStatus.INPUT, path + ": about another capsule");
        }
        return switch (proof) {
            case Proof.Membership membership -> membership.head();
            case Proof.Consistency consistency -> consistency.newer();
            case Proof.Equivocation equivocation -> equivocation.newer();
        };
    }

    /** A proof from a file; nothing of it is checked but its form. */
    static Proof read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.size(file) > MOST_PROOF_BYTES) {
            throw new CommandException(ExitStatus.INPUT, file + ": too long for a proof");
        }
        try {
            return Proof.decode(Files.readAllBytes(file));
        } catch (Malformed e) {
            throw new CommandException(ExitStatus.UNVERIFIED, file + ": not a proof: " + e.getMessage());
        }
    }
}
