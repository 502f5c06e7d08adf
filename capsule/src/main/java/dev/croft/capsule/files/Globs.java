package dev.croft.capsule.files;

import java.nio.file.FileSystems;
import java.nio.file.PathMatcher;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns of paths, with the syntax of {@link java.nio.file.FileSystem#getPathMatcher}. */
final class Globs {
    private static final String SPECIAL = "\\^$|+().";

    private Globs() {}

    static PathMatcher matcher(String syntaxAndPattern) {
        int colon = syntaxAndPattern.indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("a pattern is glob:… or regex:…");
        }
        String pattern = syntaxAndPattern.substring(colon + 1);
        Pattern regex = switch (syntaxAndPattern.substring(0, colon).toLowerCase(Locale.ROOT)) {
            case "glob" -> Pattern.compile(regex(pattern), Pattern.DOTALL);
            case "regex" -> Pattern.compile(pattern);
            default -> throw new UnsupportedOperationException("a pattern is glob:… or regex:…");
        };
        return path -> regex.matcher(path.toString()).matches();
    }

    private static String regex(String glob) {
        // Its own errors are those of the platform's file systems.
        FileSystems.getDefault().getPathMatcher("glob:" + glob);
        StringBuilder out = new StringBuilder();
        boolean group = false;
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            switch (c) {
                case '*' -> {
                    boolean across = i + 1 < glob.length() && glob.charAt(i + 1) == '*';
                    out.append(across ? ".*" : "[^/]*");
                    i += across ? 1 : 0;
                }
                case '?' -> out.append("[^/]");
                case '{' -> {
                    out.append("(?:(?:");
                    group = true;
                }
                case '}' -> {
                    out.append(group ? "))" : "}");
                    group = false;
                }
                case ',' -> out.append(group ? ")|(?:" : ",");
                case '[' -> i = bracket(glob, i, out);
                case '\\' -> out.append(Pattern.quote(String.valueOf(glob.charAt(++i))));
                default -> out.append(SPECIAL.indexOf(c) >= 0 ? "\\" + c : String.valueOf(c));
            }
        }
        return out.toString();
    }

    /** A bracket expression never matches a slash; returns where it ends. */
    private static int bracket(String glob, int start, StringBuilder out) {
        int i = start + 1;
        out.append("(?!/)[");
        if (i < glob.length() && glob.charAt(i) == '!') {
            out.append('^');
            i++;
        }
        int first = i;
        for (; i < glob.length() && (glob.charAt(i) != ']' || i == first); i++) {
            char c = glob.charAt(i);
            out.append(c == '\\' || c == '[' || c == '^' || c == '&' || c == ']' ? "\\" + c : String.valueOf(c));
        }
        if (i == glob.length()) {
            throw new PatternSyntaxException("missing ']'", glob, start);
        }
        out.append(']');
        return i;
    }
}
