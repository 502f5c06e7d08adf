package dev.croft.app.cli;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.VerificationReport;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.Cosignature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule verify}: checks every byte, without any key. */
@Command(
        name = "verify",
        description = {
            "Check capsules in directories, every record, link, Merkle root and signature, or proofs in files; needs no key.",
            "A proof names its capsule; with --name it must be that one. Exit status 7 when anything does not hold, "
                    + "or is evidence against a writer."
        })
final class CapsuleVerifyCommand extends Subcommand {
    private static final int MOST_CHECKPOINT_BYTES = 64 << 10;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Directories of capsules, or proofs.")
    List<Path> paths = List.of();

    @Option(names = "--name", paramLabel = "HEX", description = "The capsule's name, known from elsewhere.")
    @Nullable
    String name;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description =
                    "The capsules in directories must go on from this checkpoint, which their writer signed; see 'croft capsule cosign'.")
    @Nullable
    Path checkpoint;

    @Option(
            names = "--witness",
            paramLabel = "KEY",
            description = "With --checkpoint, this witness must have signed it, too: 64 hex digits; may be repeated.")
    List<String> witnesses = List.of();

    @Override
    ExitStatus run(Output output) throws IOException {
        CapsuleName expected = expected();
        if (checkpoint == null && !witnesses.isEmpty()) {
            throw new CommandException(ExitStatus.USAGE, "--witness goes with --checkpoint");
        }
        boolean intact = true;
        List<Map<String, Object>> results = new ArrayList<>();
        for (Path path : paths) {
            intact &= Files.isRegularFile(path)
                    ? proof(path, expected, output, results)
                    : directory(path, expected, output, results) && goesOn(path, output, results);
        }
        output.result(results);
        return intact ? ExitStatus.OK : ExitStatus.UNVERIFIED;
    }

    private @Nullable CapsuleName expected() {
        try {
            return name == null ? null : CapsuleName.parse(name.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, "a capsule's name is 64 hex digits");
        }
    }

    private static boolean directory(
            Path directory, @Nullable CapsuleName expected, Output output, List<Map<String, Object>> results)
            throws IOException {
        Path existing = CapsuleKeys.existing(directory);
        VerificationReport report =
                expected == null ? CapsuleVerifier.verify(existing) : CapsuleVerifier.verify(existing, expected);
        results.add(describe(directory, report));
        if (report.intact()) {
            output.line("%s: intact, %d records, %d bytes", directory, report.records(), report.bytes());
        } else {
            output.line("%s: flaw %s: %s", directory, flaw(report), report.detail());
        }
        return report.intact();
    }

    /** Whether a capsule that verifies has what the checkpoint says at its size, and all witnesses signed that. */
    private boolean goesOn(Path directory, Output output, List<Map<String, Object>> results) throws IOException {
        if (checkpoint == null) {
            return true;
        }
        String problem = null;
        long size = 0;
        try (CapsuleReader reader = CapsuleReader.open(directory, null)) {
            String note = note(checkpoint);
            Checkpoint seen =
                    Checkpoint.verify(note, reader.name(), reader.metadata().writerKey());
            size = seen.size();
            for (String witness : witnesses) {
                Cosignature.verify(seen, note, CapsuleOwnerOptions.key(witness));
            }
            if (size > reader.size()) {
                problem = "it is older than the checkpoint of " + size + " records";
            } else if (!new CapsuleTree(reader).root(size).equals(seen.root())) {
                problem = "it is another history than the checkpoint's, and its writer signed both";
            }
        } catch (Malformed e) {
            problem = String.valueOf(e.getMessage());
        }
        output.line(
                "%s: %s",
                directory,
                problem != null
                        ? problem
                        : "goes on from the checkpoint of " + size + " records, signed by " + witnesses.size()
                                + (witnesses.size() == 1 ? " witness" : " witnesses"));
        results.getLast().put("checkpoint", problem == null);
        return problem == null;
    }

    private static String note(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.size(file) > MOST_CHECKPOINT_BYTES) {
            throw new CommandException(ExitStatus.INPUT, file + ": too long for a checkpoint");
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private static boolean proof(
            Path file, @Nullable CapsuleName expected, Output output, List<Map<String, Object>> results)
            throws IOException {
        Proof proof = CapsuleProveCommand.read(file);
        CapsuleName about = expected == null ? proof.metadata().name() : expected;
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", file.toString());
        result.put("name", about.toString());
        results.add(result);
        try {
            ProofChecker.check(about, proof);
        } catch (ProofChecker.Rejected e) {
            output.line("%s: does not hold: %s", file, String.valueOf(e.getMessage()));
            result.put("holds", false);
            result.put("detail", String.valueOf(e.getMessage()));
            return false;
        }
        output.line("%s: holds: in capsule %s, %s", file, about, claim(proof));
        result.put("holds", true);
        result.put("claim", claim(proof));
        return !(proof instanceof Proof.Equivocation);
    }

    /** What a proof says, in words. */
    static String claim(Proof proof) {
        return switch (proof) {
            case Proof.Membership membership -> {
                long first = membership.records().getFirst().sequence();
                long last = membership.records().getLast().sequence();
                yield (first == last ? "record " + first + " is" : "records " + first + " to " + last + " are")
                        + " under the head of " + membership.head().size() + " records, signed "
                        + membership.head().timestamp();
            }
            case Proof.Consistency consistency ->
                "the head of " + consistency.newer().size() + " records goes on from that of "
                        + consistency.older().size();
            case Proof.Equivocation equivocation ->
                "its writer signed two histories of the first "
                        + equivocation.older().size() + " records";
        };
    }

    private static String flaw(VerificationReport report) {
        return report.flaw() + " in " + report.position();
    }

    private static Map<String, Object> describe(Path directory, VerificationReport report) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("directory", directory.toString());
        result.put("intact", report.intact());
        result.put("name", String.valueOf(report.name()));
        result.put("records", report.records());
        result.put("bytes", report.bytes());
        Heartbeat head = report.head();
        if (head != null) {
            result.put("root", head.root().toString());
            result.put("head", head.headHash().toString());
        }
        if (report.flaw() != null) {
            result.put("flaw", report.flaw().name());
            result.put("position", String.valueOf(report.position()));
            result.put("detail", report.detail());
        }
        result.put("shredded_epochs", report.shreddedEpochs());
        return result;
    }
}
