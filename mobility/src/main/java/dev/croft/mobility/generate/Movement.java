package dev.croft.mobility.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Where a person is at each second of an outing, with uneven speed and waits at lights. */
final class Movement {
    /** Metres between lights. */
    private static final double BLOCK = 700;

    /** One second of it. */
    record Step(double at, Spot spot, Mode mode, double speed) {}

    private Movement() {}

    /** The seconds of an outing that begins at {@code start}, epoch seconds. */
    static List<Step> along(Outing outing, double start, Random random) {
        List<Step> steps = new ArrayList<>();
        double time = start;
        for (Outing.Leg leg : outing.legs()) {
            double pace = leg.mode().speed * (1 + 0.08 * random.nextGaussian());
            double sinceLight = 0;
            int wait = 0;
            double done = 0;
            double length = length(leg.corners());
            while (done < length) {
                double speed = wait-- > 0 ? 0 : pace * (1 + 0.1 * random.nextGaussian());
                done += speed;
                sinceLight += speed;
                if (leg.mode().stopsAtLights() && sinceLight > BLOCK) {
                    sinceLight = 0;
                    wait = 10 + random.nextInt(25);
                }
                steps.add(new Step(time, point(leg.corners(), done), leg.mode(), speed));
                time++;
            }
        }
        return steps;
    }

    private static double length(List<Spot> corners) {
        double length = 0;
        for (int i = 1; i < corners.size(); i++) {
            length += corners.get(i - 1).distance(corners.get(i));
        }
        return length;
    }

    private static Spot point(List<Spot> corners, double metres) {
        double left = metres;
        for (int i = 1; i < corners.size(); i++) {
            double side = corners.get(i - 1).distance(corners.get(i));
            if (left <= side) {
                return corners.get(i - 1).towards(corners.get(i), left);
            }
            left -= side;
        }
        return corners.getLast();
    }
}
