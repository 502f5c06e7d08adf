package dev.croft.app.cli;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.VerificationReport;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import java.io.IOException;
import java.nio.file.Files;
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
    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Directories of capsules, or proofs.")
    List<Path> paths = List.of();

    @Option(names = "--name", paramLabel = "HEX", description = "The capsule's name, known from elsewhere.")
    @Nullable
    String name;

    @Override
    ExitStatus run(Output output) throws IOException {
        CapsuleName expected = expected();
        boolean intact = true;
        List<Map<String, Object>> results = new ArrayList<>();
        for (Path path : paths) {
            intact &= Files.isRegularFile(path)
                    ? proof(path, expected, output, results)
                    : directory(path, expected, output, results);
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
