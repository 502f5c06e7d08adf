package dev.croft.budget.books;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.TreeCounter;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The streams of some books, who was seen in each, and where their counters are. */
final class Streams {
    private static final class Open {
        final StreamSpec spec;
        final BlockStream blocks;
        final Set<String> people = new HashSet<>();
        final Set<String> made = new HashSet<>();
        long newPeople;
        long tick;
        TreeCounter.@Nullable State state;

        @Nullable
        BigInteger count;

        Open(StreamSpec spec) {
            this.spec = spec;
            this.blocks = spec.charged();
        }

        StreamSpec.Counter counter() {
            if (spec.counter() == null)
                throw new InvalidInputException("stream.counter", Problem.UNKNOWN, spec.name() + " has none");
            return spec.counter();
        }
    }

    private final Map<String, Open> streams = new LinkedHashMap<>();

    /** False if exactly this stream is open already. */
    boolean open(StreamSpec spec) {
        Open known = streams.get(spec.name());
        if (known == null) {
            streams.put(spec.name(), new Open(spec));
            return true;
        }
        if (known.spec.equals(spec)) return false;
        throw new InvalidInputException("stream.dataset", Problem.DUPLICATE, spec.name() + " is another stream");
    }

    /** Makes the blocks of these data and counts new people; false if there was nothing new. */
    boolean observe(String name, List<BookCommand.Observe.Datum> data, Consumer<BlockSpec> create) {
        Open stream = stream(name);
        if (data.size() > BookCommand.Observe.MOST)
            throw new InvalidInputException("data", Problem.TOO_MANY, data.size() + " at once");
        // All are checked before any block is made.
        List<BlockSpec> blocks = data.stream()
                .map(datum -> stream.blocks.blockOf(datum.user(), datum.time()))
                .filter(block -> !stream.made.contains(block.id()))
                .distinct()
                .toList();
        boolean counted = stream.spec.counter() != null;
        if (counted) data.forEach(datum -> BlockSpec.checkName("stream.user", datum.user()));
        blocks.forEach(create);
        blocks.forEach(block -> stream.made.add(block.id()));
        boolean grown = !blocks.isEmpty();
        if (counted)
            for (BookCommand.Observe.Datum datum : data)
                if (stream.people.add(datum.user())) {
                    stream.newPeople++;
                    grown = true;
                }
        return grown;
    }

    BookCommand.EndTick draw(String name, RandomGenerator random) {
        Open stream = stream(name);
        StreamSpec.Counter spec = stream.counter();
        var counter = new TreeCounter(spec.epsilon(), spec.ticks(), random);
        if (stream.state != null) counter.resume(stream.state);
        BigInteger count = counter.tick(stream.newPeople);
        return new BookCommand.EndTick(name, stream.tick + 1, counter.state(), count);
    }

    boolean endTick(BookCommand.EndTick end) {
        Open stream = stream(end.stream());
        stream.counter();
        if (end.tick() <= stream.tick) return false;
        if (end.tick() != stream.tick + 1)
            throw new InvalidInputException("stream.tick", Problem.OUT_OF_RANGE, end.tick() + " after " + stream.tick);
        stream.tick = end.tick();
        stream.state = end.after();
        stream.count = end.count();
        stream.newPeople = 0;
        return true;
    }

    List<StreamView> views() {
        return streams.values().stream()
                .map(stream -> new StreamView(stream.spec, stream.tick, stream.count))
                .toList();
    }

    private Open stream(String name) {
        Open stream = streams.get(name);
        if (stream == null) throw new InvalidInputException("stream.dataset", Problem.UNKNOWN, name);
        return stream;
    }
}
