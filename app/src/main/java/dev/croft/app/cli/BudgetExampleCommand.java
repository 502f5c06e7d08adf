package dev.croft.app.cli;

import dev.croft.app.example.Training;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.scheduling.Dpf;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code croft budget example}: a pipeline with a book of its own, in this process. */
@Command(
        name = "example",
        description = {
            "Train a differentially private model on made-up people.",
            "Allocates budget on one block, spends it epoch by epoch, stops when the model is good enough, and gives back the rest."
        })
final class BudgetExampleCommand extends Subcommand {
    @Option(
            names = "--enough",
            defaultValue = "0.93",
            description = "Accuracy at which it stops early (default: ${DEFAULT-VALUE}).")
    double enough;

    /** The library as the example's budget. */
    private record InProcess(ClaimBook book) implements Training.Budget {
        @Override
        public ClaimView submit(ClaimRequest request) {
            return book.submit(request, Instant.now());
        }

        @Override
        public ClaimView consume(String claim, String key, Map<String, Cost> costs) {
            return book.consume(claim, key, costs);
        }

        @Override
        public ClaimView release(String claim) {
            return book.release(claim, Instant.now());
        }
    }

    @Override
    ExitStatus run(Output output) {
        if (!(enough > 0 && enough <= 1)) {
            throw new CommandException(ExitStatus.USAGE, "--enough lies between 0 and 1");
        }
        var book = new ClaimBook(new Composition.Renyi(Training.ORDERS), new Dpf.Unlocking.PerArrival(1));
        book.createBlock(Training.block("people"));
        Training.Result result = Training.run(
                new InProcess(book),
                "people",
                "training",
                enough,
                new SecureRandom(),
                epoch -> output.line("epoch %d paid and done", epoch));
        BlockView block = book.findBlock("people").orElseThrow();
        output.line("right on %.1f %% of people it has not seen", 100 * result.accuracy());
        output.line(
                "claimed epsilon %.3f at delta %.0e, spent %.3f, gave back the rest",
                result.claimed(), result.delta(), result.spent());
        output.line("allocated on the block now: %.0f", block.allocated()[0]);
        output.result(result);
        return ExitStatus.OK;
    }
}
