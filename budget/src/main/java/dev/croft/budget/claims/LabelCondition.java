package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a block's label must be. A block without the label never satisfies it.
 *
 * @param label the label's name
 * @param test how it is compared
 * @param values one value; for {@link Test#IN} any number up to 1,000
 */
public record LabelCondition(String label, Test test, List<String> values) {
    private static final int MOST_DIGITS = 64;

    /** The comparisons. The last four are of decimal numbers; a label that is none does not satisfy them. */
    public enum Test {
        IS,
        IS_NOT,
        /** The whole label is one of the values; never a part of it. */
        IN,
        LESS,
        AT_MOST,
        MORE,
        AT_LEAST;

        /** The name in JSON: {@code is}, {@code is-not}, {@code at-most}, … */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public LabelCondition {
        BlockSpec.checkName("blocks.where.label", label);
        values = List.copyOf(values);
        if (values.isEmpty()) throw new InvalidInputException("blocks.where.values", Problem.EMPTY, "no value");
        if (values.size() > (test == Test.IN ? 1_000 : 1))
            throw new InvalidInputException("blocks.where.values", Problem.TOO_MANY, values.size() + " values");
        if (test.compareTo(Test.IN) > 0 && number(values.getFirst()) == null)
            throw new InvalidInputException("blocks.where.values", Problem.MALFORMED, "not a decimal number");
    }

    boolean holds(BlockSpec block) {
        String value = block.labels().get(label);
        if (value == null) return false;
        String wanted = values.getFirst();
        return switch (test) {
            case IS -> value.equals(wanted);
            case IS_NOT -> !value.equals(wanted);
            case IN -> values.contains(value);
            case LESS, AT_MOST, MORE, AT_LEAST -> {
                BigDecimal number = number(value);
                BigDecimal bound = number(wanted);
                if (number == null || bound == null) yield false;
                int order = number.compareTo(bound);
                yield switch (test) {
                    case LESS -> order < 0;
                    case AT_MOST -> order <= 0;
                    case MORE -> order > 0;
                    default -> order >= 0;
                };
            }
        };
    }

    private static @Nullable BigDecimal number(String text) {
        if (text.length() > MOST_DIGITS) return null;
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
