package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Predicate;

/** Which blocks an allocate request is about: the conditions on a block's labels, checked once for many blocks. */
final class Selection {
    private static final int MAX_CONDITIONS = 64;

    private Selection() {}

    /** True of a block of the data set, if one is named, that has every attribute and meets every condition. */
    static Predicate<BlockSpec> of(String field, ClaimSpec.Allocate request) {
        if (request.conditions().size() > MAX_CONDITIONS)
            throw new InvalidInputException(field + ".conditions", Problem.TOO_MANY, "more than " + MAX_CONDITIONS);
        String dataset = request.dataset();
        Predicate<BlockSpec> all =
                dataset == null || dataset.isEmpty() ? _ -> true : block -> dataset.equals(block.dataset());
        for (int i = 0; i < request.conditions().size(); i++)
            all = all.and(condition(
                    field + ".conditions[" + i + "]", request.conditions().get(i)));
        return all;
    }

    private static Predicate<BlockSpec> condition(String field, ClaimSpec.Condition condition) {
        String attribute = condition.attribute();
        if (condition.numericValue() != null) {
            BigDecimal bound = number(field + ".numericValue", condition.numericValue());
            Predicate<Integer> holds = comparison(field, condition.operation());
            return block -> block.dimensions().stream()
                    .anyMatch(d -> d.attribute().equals(attribute)
                            && d.numericValue() != null
                            && holds.test(number("dimension", d.numericValue()).compareTo(bound)));
        }
        String wanted = condition.stringValue();
        if (wanted == null)
            throw new InvalidInputException(field, Problem.EMPTY, "numericValue or stringValue is needed");
        Predicate<String> holds = switch (condition.operation()) {
            case "is" -> wanted::equals;
            // As documented by the reference, whose code looks for a substring: one of a list.
            case "include" -> List.of(wanted.split("\\s*,\\s*"))::contains;
            default -> throw unknown(field, condition.operation());
        };
        return block -> block.dimensions().stream()
                .anyMatch(
                        d -> d.attribute().equals(attribute) && d.stringValue() != null && holds.test(d.stringValue()));
    }

    private static Predicate<Integer> comparison(String field, String operation) {
        return switch (operation) {
            case ">", "greaterThan" -> sign -> sign > 0;
            case ">=", "greaterThanOrEqual" -> sign -> sign >= 0;
            case "=", "==", "equal" -> sign -> sign == 0;
            case "<", "lessThan" -> sign -> sign < 0;
            case "<=", "lessThanOrEqual" -> sign -> sign <= 0;
            default -> throw unknown(field, operation);
        };
    }

    private static InvalidInputException unknown(String field, String operation) {
        return new InvalidInputException(field + ".operation", Problem.UNKNOWN, operation);
    }

    static BigDecimal number(String field, String text) {
        if (text.length() > 64) throw new InvalidInputException(field, Problem.TOO_MANY, "more than 64 characters");
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs(number.scale()) > 1000) throw new InvalidInputException(field, Problem.OUT_OF_RANGE, text);
            return number;
        } catch (NumberFormatException _) {
            throw new InvalidInputException(field, Problem.MALFORMED, text + " is not a decimal number");
        }
    }
}
