package dev.croft.vault;

import dev.croft.capsule.CapsuleException;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.documents.DocumentException;
import java.util.Optional;

/** What the problems of other packages and rooms are called at the edge. */
final class Failures {
    private Failures() {}

    /** The refusal to send for {@code failure}; empty if it is nobody's request that caused it. */
    static Optional<ProblemException> refusal(RuntimeException failure) {
        return switch (failure) {
            case ProblemException problem -> Optional.of(problem);
            case DocumentException documents -> refusal(documents);
            case CapsuleException.TooLarge large -> problem(ProblemCode.TOO_LARGE, "a document is too large to store");
            default -> Optional.empty();
        };
    }

    private static Optional<ProblemException> refusal(DocumentException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case DocumentException.BadQuery bad -> problem(ProblemCode.INVALID_FILTER, named(bad.subject(), message));
            case DocumentException.BadUpdate bad -> problem(ProblemCode.INVALID_FILTER, named(bad.subject(), message));
            case DocumentException.BadDocument bad ->
                problem(ProblemCode.INVALID_DOCUMENT, bad.code() + ": " + message);
            case DocumentException.OutOfScope out ->
                problem(ProblemCode.GRANT_FORBIDS, "this lies outside of what the grant reaches");
            case DocumentException.LimitReached limit -> problem(ProblemCode.TOO_LARGE, message);
            case DocumentException.UnknownCursor cursor -> problem(ProblemCode.NOT_FOUND, "there is no such cursor");
            case DocumentException.ViewDamaged damaged -> Optional.empty();
            case DocumentException.LogFailed failed ->
                failed.getCause() instanceof ProblemException problem ? Optional.of(problem) : Optional.empty();
            case DocumentException.Closed closed -> Optional.empty();
        };
    }

    private static String named(String subject, String message) {
        return message.contains(subject) ? message : subject + ": " + message;
    }

    private static Optional<ProblemException> problem(ProblemCode code, String detail) {
        String cut = detail.length() > 500 ? detail.substring(0, 500) : detail;
        return Optional.of(new ProblemException(code, cut));
    }
}
