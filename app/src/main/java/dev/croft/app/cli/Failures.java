package dev.croft.app.cli;

import dev.croft.budget.BudgetException;
import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.mount.MountException;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.mobility.entry.EntryException;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.registry.RegistryException;
import dev.croft.vault.api.KeyFileException;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RelayException;
import dev.croft.vault.api.VaultException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns what a command throws into one line on standard error and an exit status. */
final class Failures {
    private Failures() {}

    /** The line and status for a fault. */
    record Failure(ExitStatus status, String line) {}

    static int usage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        print(command.getErr(), e.getMessage());
        command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        command.getErr().flush();
        return ExitStatus.USAGE.code();
    }

    /** Standard output took no more: a closed pipe ends quietly. */
    static int broken(StandardOutput.Broken e, PrintWriter err) {
        if (e.isClosed()) {
            return ExitStatus.UNREAD.code();
        }
        print(err, e.getMessage());
        err.flush();
        return ExitStatus.INPUT.code();
    }

    static int execution(Exception e, CommandLine command, @Nullable ParseResult parsed) {
        if (e instanceof StandardOutput.Broken broken) {
            return broken(broken, command.getErr());
        }
        command.getOut().flush();
        Failure failure = of(e);
        print(command.getErr(), failure.line());
        if (System.getenv("CROFT_DEBUG") != null) {
            e.printStackTrace(command.getErr());
        }
        command.getErr().flush();
        return failure.status().code();
    }

    static Failure of(Throwable e) {
        return switch (e) {
            case CommandException command -> new Failure(command.status(), text(command));
            case EntryException entry -> new Failure(ExitStatus.INPUT, text(entry));
            case CapsuleException.Damaged damaged -> new Failure(ExitStatus.UNVERIFIED, text(damaged));
            case CapsuleException.WrongDirectory directory -> new Failure(ExitStatus.INPUT, text(directory));
            case CapsuleException.NoSuchRecord none -> new Failure(ExitStatus.NOT_FOUND, text(none));
            case CapsuleException.NotAReader reader -> new Failure(ExitStatus.REFUSED, text(reader));
            case CapsuleException.WrongKey key -> new Failure(ExitStatus.REFUSED, text(key));
            case CapsuleException.Shredded shredded -> new Failure(ExitStatus.NOT_FOUND, text(shredded));
            case CapsuleException capsule -> new Failure(ExitStatus.UNAVAILABLE, text(capsule));
            case MountException mount -> new Failure(ExitStatus.UNAVAILABLE, text(mount));
            case ReplicationException.NotAllowed denied -> new Failure(ExitStatus.REFUSED, text(denied));
            case ReplicationException.Unknown unknown -> new Failure(ExitStatus.NOT_FOUND, text(unknown));
            case ReplicationException.Forked forked -> new Failure(ExitStatus.UNVERIFIED, text(forked));
            case ReplicationException.Refused refused -> new Failure(ExitStatus.REFUSED, text(refused));
            case ReplicationException replication -> new Failure(ExitStatus.UNAVAILABLE, text(replication));
            case Malformed malformed -> new Failure(ExitStatus.UNVERIFIED, text(malformed));
            case BudgetException budget -> new Failure(ExitStatus.INPUT, text(budget));
            case ProblemException problem -> new Failure(ofHttp(problem.code().status()), text(problem));
            case RouterClient.Refused refused -> new Failure(ofHttp(refused.status()), text(refused));
            case RelayException relay -> new Failure(ofHttp(relay.status()), text(relay));
            case KeyFileException key -> new Failure(ExitStatus.INPUT, text(key));
            case VaultException vault -> new Failure(ExitStatus.UNAVAILABLE, text(vault));
            case RouterException.Forbidden forbidden -> new Failure(ExitStatus.REFUSED, text(forbidden));
            case RouterException.Invalid invalid -> new Failure(ExitStatus.USAGE, text(invalid));
            case RouterException router -> new Failure(ExitStatus.UNAVAILABLE, text(router));
            case RegistryException.Refused refused -> new Failure(ExitStatus.REFUSED, text(refused));
            case RegistryException.NotFound none -> new Failure(ExitStatus.NOT_FOUND, text(none));
            case RegistryException.BadCredentials file -> new Failure(ExitStatus.INPUT, text(file));
            case RegistryException.Untrusted certificate -> new Failure(ExitStatus.UNVERIFIED, text(certificate));
            case RegistryException.Mismatch other -> new Failure(ExitStatus.UNVERIFIED, text(other));
            case RegistryException registry -> new Failure(ExitStatus.UNAVAILABLE, text(registry));
            case WorkloadException.BadBundle bundle -> new Failure(ExitStatus.INPUT, text(bundle));
            case WorkloadException.BadImage image -> new Failure(ExitStatus.UNVERIFIED, text(image));
            case WorkloadException workload -> new Failure(ExitStatus.UNAVAILABLE, text(workload));
            case NoSuchFileException file -> new Failure(ExitStatus.INPUT, "no such file: " + file.getFile());
            case AccessDeniedException file ->
                new Failure(ExitStatus.INPUT, "may not be read or written: " + file.getFile());
            case FileAlreadyExistsException file -> new Failure(ExitStatus.INPUT, "exists already: " + file.getFile());
            case FileSystemException file ->
                new Failure(
                        ExitStatus.INPUT,
                        file.getFile() + ": " + (file.getReason() == null ? "cannot be used" : file.getReason()));
            case InvalidPathException _ ->
                new Failure(ExitStatus.USAGE, "a name or path holds characters that no file name can");
            case UncheckedIOException unchecked when unchecked.getCause() != null -> of(unchecked.getCause());
            case IOException io -> new Failure(ExitStatus.INPUT, text(io));
            case InterruptedException _ -> new Failure(ExitStatus.INTERRUPTED, "interrupted");
            default ->
                new Failure(
                        ExitStatus.INTERNAL,
                        "internal error: " + e.getClass().getSimpleName() + ": " + text(e)
                                + " (CROFT_DEBUG=1 shows where)");
        };
    }

    private static ExitStatus ofHttp(int status) {
        return switch (status) {
            case 401, 403, 409 -> ExitStatus.REFUSED;
            case 404 -> ExitStatus.NOT_FOUND;
            case 423, 429 -> ExitStatus.UNAVAILABLE;
            default -> status >= 500 ? ExitStatus.UNAVAILABLE : ExitStatus.INPUT;
        };
    }

    private static String text(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static void print(PrintWriter err, @Nullable String message) {
        String line = message == null ? "failed" : message;
        err.println("croft: " + Output.printable(line).strip());
    }
}
