package dev.croft.router.http;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.router.RouterException;

/** Refusals of the budget room as problems of the API; each says which field is to be corrected. */
final class BudgetRefusals {

    private BudgetRefusals() {}

    /** A handler whose bad input is answered with a problem. */
    static Route.Handler named(Route.Handler handler) {
        return exchange -> {
            try {
                handler.handle(exchange);
            } catch (InvalidInputException e) {
                throw problem(e);
            }
        };
    }

    static RouterException problem(InvalidInputException e) {
        String field = e.field();
        if (e.problem() == Problem.UNKNOWN && field.equals("claim.id")) {
            return new RouterException.NotFound("claim");
        }
        if (e.problem() == Problem.UNKNOWN && field.equals("block.id")) {
            return new RouterException.NotFound("block");
        }
        boolean conflict = e.problem() == Problem.DUPLICATE && !field.equals("blocks")
                || field.equals("claim.state")
                || field.equals("block.id") && e.problem() == Problem.OUT_OF_RANGE
                || field.startsWith("consume.") && e.problem() == Problem.OVERFLOW;
        String message = String.valueOf(e.getMessage());
        return conflict ? new RouterException.Conflict(message, field) : new RouterException.Invalid(message, field);
    }
}
