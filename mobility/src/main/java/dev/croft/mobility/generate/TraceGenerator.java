package dev.croft.mobility.generate;

import dev.croft.mobility.generate.Outing.Habits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.bson.BsonDocument;

/**
 * Makes traces of people who commute, walk to lunch, shop and run: each person from the seed and their number alone, so
 * that one can be made without the others. Thread-safe.
 */
public final class TraceGenerator {
    private final TraceOptions options;

    public TraceGenerator(TraceOptions options) {
        this.options = options;
    }

    /** A name for a person, from {@code person-01}. */
    public String name(int person) {
        int width = Math.max(2, Integer.toString(options.people()).length());
        return ("person-%0" + width + "d").formatted(person + 1);
    }

    /**
     * A person's entries in phone format, in the order their phone wrote them.
     *
     * @param person from 0 to people - 1
     */
    public List<BsonDocument> person(int person) {
        if (person < 0 || person >= options.people()) {
            throw new IllegalArgumentException("there is no person " + person);
        }
        // Random's algorithm is specified, so traces are the same everywhere; the odd factor spreads neighbouring
        // seeds.
        Random random = new Random(options.seed() * 0x9E3779B97F4A7C15L + person * 0xD1B54A32D192ED03L);
        Habits habits = Habits.of(random);
        Phone phone = new Phone(options, random, person % 2 == 1, user(person));
        for (int day = 0; day < options.days(); day++) {
            double midnight = options.firstDay()
                    .plusDays(day)
                    .atStartOfDay(options.zone())
                    .toEpochSecond();
            // Now and then a phone is off from noon on.
            boolean dies = random.nextInt(20) == 0;
            for (Outing outing : habits.day(random)) {
                if (!dies || outing.departure() < 12 * 3600) {
                    phone.record(outing, Movement.along(outing, midnight + outing.departure(), random));
                }
            }
        }
        return phone.entries();
    }

    private String user(int person) {
        return UUID.nameUUIDFromBytes("croft/generated/%d/%d"
                        .formatted(options.seed(), person)
                        .getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
