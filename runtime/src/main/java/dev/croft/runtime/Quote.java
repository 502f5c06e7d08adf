package dev.croft.runtime;

/** Text from outside, made fit for a message or a log line: at most 120 characters, no control characters. */
final class Quote {
    private Quote() {}

    static String of(String text) {
        String cut = text.length() > 120 ? text.substring(0, 117) + "..." : text;
        StringBuilder clean = new StringBuilder(cut.length() + 2).append('"');
        cut.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(clean::appendCodePoint);
        return clean.append('"').toString();
    }
}
