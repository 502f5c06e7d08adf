package dev.croft.vault.documents.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.croft.vault.documents.DocumentException.BadQuery;
import dev.croft.vault.documents.DocumentException.LimitReached;
import org.bson.BsonRegularExpression;

/**
 * A regular expression whose time is bounded: matched by an automaton (RE2, Cox 2010) in time proportional to the expanded pattern times
 * the text, and only if that product is small. Look-around and back-references, which need backtracking, are refused.
 */
public final class SafePattern {
    private static final int MAX_LENGTH = 1_000;
    private static final long MAX_EXPANDED = 10_000;
    private static final long MAX_WORK = 5_000_000;

    private final BsonRegularExpression source;
    private final Pattern pattern;
    private final long expanded;

    private SafePattern(BsonRegularExpression source, Pattern pattern, long expanded) {
        this.source = source;
        this.pattern = pattern;
        this.expanded = expanded;
    }

    /**
     * @param source options may be {@code i}, {@code m}, {@code s} and {@code u}
     * @throws BadQuery if the pattern or an option is not understood, or the pattern is too large
     */
    static SafePattern compile(BsonRegularExpression source) {
        int flags = 0;
        for (char option : source.getOptions().toCharArray()) {
            flags |= switch (option) {
                case 'i' -> Pattern.CASE_INSENSITIVE;
                case 'm' -> Pattern.MULTILINE;
                case 's' -> Pattern.DOTALL;
                case 'u' -> 0;
                default -> throw new BadQuery("$options", "unknown option of a regular expression: " + option);
            };
        }
        String text = source.getPattern();
        if (text.length() > MAX_LENGTH) {
            throw new BadQuery("$regex", "a regular expression has at most " + MAX_LENGTH + " characters");
        }
        long expanded = expanded(text);
        if (expanded > MAX_EXPANDED) {
            throw new BadQuery("$regex", "the repetitions of the regular expression multiply to too much");
        }
        try {
            return new SafePattern(source, Pattern.compile(text, flags), expanded);
        } catch (PatternSyntaxException e) {
            throw new BadQuery("$regex", "not a regular expression of RE2's syntax: " + e.getDescription());
        }
    }

    /** A bound of the automaton's size: the length times every repetition count, as if all were nested. */
    private static long expanded(String text) {
        long size = Math.max(1, text.length());
        int at = 0;
        while ((at = text.indexOf('{', at)) >= 0) {
            int end = text.indexOf('}', at);
            if (end < 0) {
                break;
            }
            long most = 1;
            for (String count : text.substring(at + 1, end).split(",", -1)) {
                if (!count.isEmpty() && count.length() <= 9 && count.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    most = Math.max(most, Long.parseLong(count));
                }
            }
            size = Math.min(Long.MAX_VALUE / 1_000_000_000L, size) * most;
            at++;
        }
        return size;
    }

    /** The expression as it was given. */
    public BsonRegularExpression source() {
        return source;
    }

    /** @throws LimitReached if the text is so long that the search could take noticeable time */
    boolean foundIn(String text) {
        if (expanded * text.length() > MAX_WORK) {
            throw new LimitReached("characters searched by this regular expression", MAX_WORK / expanded);
        }
        return pattern.matcher(text).find();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SafePattern that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    @Override
    public String toString() {
        return "/" + source.getPattern() + "/" + source.getOptions();
    }
}
