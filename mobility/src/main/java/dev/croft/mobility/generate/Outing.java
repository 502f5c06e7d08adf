package dev.croft.mobility.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One trip of a day.
 *
 * @param departure seconds after midnight
 * @param legs what it is made of, each starting where the one before ended
 * @param gap whether the phone loses the middle of it
 */
record Outing(int departure, List<Leg> legs, boolean gap) {
    /** A stretch in one mode along a line of corners. */
    record Leg(Mode mode, List<Spot> corners) {}

    /** A person's habits: where they live and go, and how. */
    record Habits(Spot home, Spot work, Spot lunch, Spot shop, Mode commute) {
        static Habits of(Random random) {
            Spot home = spot(random, new Spot(0, 0), 500, 3500);
            Mode commute = switch (random.nextInt(4)) {
                case 0 -> Mode.WALK;
                case 1 -> Mode.BICYCLE;
                default -> Mode.VEHICLE;
            };
            Spot work = switch (commute) {
                case WALK -> spot(random, home, 900, 1800);
                case BICYCLE -> spot(random, home, 2200, 4500);
                default -> spot(random, home, 5000, 12_000);
            };
            return new Habits(home, work, spot(random, work, 350, 700), spot(random, home, 500, 1100), commute);
        }

        List<Outing> day(Random random) {
            List<Outing> day = new ArrayList<>();
            day.add(outing(random, at(random, 8, 0), legs(random, home, work, commute)));
            if (random.nextInt(10) < 7) {
                int noon = at(random, 12, 15);
                day.add(outing(random, noon, legs(random, work, lunch, Mode.WALK)));
                day.add(outing(random, noon + 3600 + random.nextInt(900), legs(random, lunch, work, Mode.WALK)));
            }
            day.add(outing(random, at(random, 17, 30), legs(random, work, home, commute)));
            int evening = at(random, 20, 15);
            switch (random.nextInt(3)) {
                case 0 -> {
                    day.add(outing(random, evening, legs(random, home, shop, Mode.WALK)));
                    day.add(outing(random, evening + 2400 + random.nextInt(900), legs(random, shop, home, Mode.WALK)));
                }
                case 1 -> day.add(outing(random, evening, List.of(round(random))));
                default -> {}
            }
            return day;
        }

        /** A run around the neighbourhood. */
        private Leg round(Random random) {
            double side = 400 + random.nextInt(400);
            return new Leg(
                    Mode.RUN,
                    List.of(
                            home,
                            new Spot(home.east() + side, home.north()),
                            new Spot(home.east() + side, home.north() + side),
                            new Spot(home.east(), home.north() + side),
                            home));
        }

        private static Outing outing(Random random, int departure, List<Leg> legs) {
            return new Outing(departure, legs, random.nextInt(12) == 0);
        }

        private static int at(Random random, int hour, int minute) {
            return hour * 3600 + minute * 60 + random.nextInt(2700) - 1350;
        }

        /** Rides begin and end with a walk; streets meet at right angles. */
        private static List<Leg> legs(Random random, Spot from, Spot to, Mode mode) {
            if (mode != Mode.VEHICLE) {
                return List.of(new Leg(mode, corners(random, from, to)));
            }
            Spot boarding = from.towards(to, 250 + random.nextInt(200));
            Spot alighting = to.towards(from, 200 + random.nextInt(200));
            return List.of(
                    new Leg(Mode.WALK, corners(random, from, boarding)),
                    new Leg(Mode.VEHICLE, corners(random, boarding, alighting)),
                    new Leg(Mode.WALK, corners(random, alighting, to)));
        }

        private static List<Spot> corners(Random random, Spot from, Spot to) {
            double share = 0.3 + 0.4 * random.nextDouble();
            double east = from.east() + (to.east() - from.east()) * share;
            return List.of(from, new Spot(east, from.north()), new Spot(east, to.north()), to);
        }

        private static Spot spot(Random random, Spot around, double least, double most) {
            double angle = 2 * Math.PI * random.nextDouble();
            double radius = least + (most - least) * random.nextDouble();
            return new Spot(around.east() + radius * Math.cos(angle), around.north() + radius * Math.sin(angle));
        }
    }
}
