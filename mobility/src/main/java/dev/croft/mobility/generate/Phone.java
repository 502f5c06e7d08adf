package dev.croft.mobility.generate;

import dev.croft.mobility.entry.EntryKey;
import dev.croft.mobility.generate.Movement.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * Writes down what a phone would record of a person's movement. Android phones sample every half minute and for some
 * minutes after arriving; iPhones sample every fifty metres. Some raw points are far off, and the phone's own filter drops
 * those; a few activities are wrong.
 */
final class Phone {
    private static final double METRES_PER_DEGREE = 111_320;
    private static final int ANDROID_PERIOD = 30;
    private static final double IOS_STEP = 55;

    private final TraceOptions options;
    private final Random random;
    private final boolean ios;
    private final String user;
    private final List<BsonDocument> entries = new ArrayList<>();

    Phone(TraceOptions options, Random random, boolean ios, String user) {
        this.options = options;
        this.random = random;
        this.ios = ios;
        this.user = user;
    }

    /** Everything recorded so far, in the order it was written. */
    List<BsonDocument> entries() {
        List<BsonDocument> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingDouble(
                entry -> entry.getDocument("metadata").getDouble("write_ts").getValue()));
        return sorted;
    }

    void record(Outing outing, List<Step> steps) {
        if (steps.isEmpty()) {
            return;
        }
        // A geofence of a hundred metres must be left before the phone wakes up.
        Spot start = steps.getFirst().spot();
        int first = 0;
        while (first < steps.size() - 1 && steps.get(first).spot().distance(start) < 90) {
            first++;
        }
        double begin = steps.get(first).at();
        if (ios) {
            transition(begin - 2, "STATE_WAITING_FOR_TRIP_START", "T_EXITED_GEOFENCE");
            transition(begin - 1, "STATE_WAITING_FOR_TRIP_START", "T_TRIP_STARTED");
        } else {
            transition(begin - 1, "local.state.waiting_for_trip_start", "local.transition.exited_geofence");
        }
        List<Step> sensed = steps.subList(first, steps.size());
        sample(sensed, outing.gap());
        activities(sensed);
        arrive(steps.getLast());
    }

    private void sample(List<Step> steps, boolean gap) {
        double nextTime = steps.getFirst().at();
        Spot last = null;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            boolean due = ios ? last == null || step.spot().distance(last) >= IOS_STEP : step.at() >= nextTime;
            if (due) {
                last = step.spot();
                nextTime = step.at() + ANDROID_PERIOD + random.nextInt(3) - 1;
                if (!gap || i < steps.size() / 3 || i > steps.size() * 2 / 3) {
                    location(step);
                }
            }
        }
    }

    private void activities(List<Step> steps) {
        for (int i = 5; i < steps.size(); i += 20 + random.nextInt(25)) {
            Step step = steps.get(i);
            activity(step.at(), step.mode());
        }
    }

    /** Standing still: an Android phone goes on sampling until it is sure of it. */
    private void arrive(Step end) {
        double time = end.at();
        if (ios) {
            location(new Step(time + 20, end.spot(), end.mode(), 0));
            still(time + 60);
            time += 300;
            transition(time, "STATE_ONGOING_TRIP", "T_TRIP_END_DETECTED");
            transition(time + 1, "STATE_ONGOING_TRIP", "T_END_TRIP_TRACKING");
            transition(time + 2, "STATE_ONGOING_TRIP", "T_TRIP_ENDED");
        } else {
            for (int i = 0; i < 13; i++) {
                time += ANDROID_PERIOD;
                location(new Step(time, end.spot(), end.mode(), 0));
            }
            still(time - 200);
            transition(time + 5, "local.state.ongoing_trip", "local.transition.stopped_moving");
        }
        battery(time + 6);
    }

    private void location(Step step) {
        boolean astray = random.nextInt(100) == 0;
        double blur = astray ? 400 : step.speed() == 0 ? 4 : 7;
        Spot seen = new Spot(
                step.spot().east() + blur * random.nextGaussian(), step.spot().north() + blur * random.nextGaussian());
        double accuracy = astray ? 250 + random.nextInt(1000) : 5 + random.nextInt(30);
        double ts = millis(step.at() + 0.2 + 0.6 * random.nextDouble());
        BsonDocument data = new BsonDocument("latitude", new BsonDouble(latitude(seen)))
                .append("longitude", new BsonDouble(longitude(seen)))
                .append("ts", new BsonDouble(ts))
                .append("altitude", new BsonDouble(Math.rint(300 + 20 * random.nextGaussian()) / 10))
                .append("accuracy", new BsonDouble(accuracy))
                .append("sensed_speed", new BsonDouble(Math.rint(step.speed() * 100) / 100))
                .append("bearing", new BsonDouble(random.nextInt(360)))
                .append("filter", new BsonString(ios ? "distance" : "time"));
        if (ios) {
            data.append("vaccuracy", new BsonDouble(10)).append("floor", new BsonInt32(0));
        } else {
            data.append("elapsedRealtimeNanos", new BsonInt64((long) (ts % 1e6) * 1_000_000_000L));
        }
        double written = ts + 0.3 + 2 * random.nextDouble();
        add(EntryKey.LOCATION, "sensor-data", written, data);
        if (!astray) {
            add(EntryKey.FILTERED_LOCATION, "sensor-data", written + 0.02, data.clone());
        }
    }

    private void activity(double at, Mode mode) {
        boolean wrong = random.nextInt(12) == 0;
        if (ios) {
            iosActivity(at, wrong ? "unknown" : mode.iosFlag, random.nextInt(5) == 0 ? "medium" : "high");
        } else {
            androidActivity(at, wrong ? 5 : mode.androidType, 65 + random.nextInt(36));
        }
    }

    private void still(double at) {
        if (ios) {
            iosActivity(at, "stationary", "high");
        } else {
            androidActivity(at, 3, 100);
        }
    }

    private void androidActivity(double at, int type, int confidence) {
        add(
                EntryKey.MOTION_ACTIVITY,
                "sensor-data",
                at,
                new BsonDocument("zzbhB", new BsonInt32(type)).append("zzbhC", new BsonInt32(confidence)));
    }

    private void iosActivity(double at, String flag, String confidence) {
        BsonDocument data = new BsonDocument("confidence", new BsonString(confidence));
        for (String name : new String[] {"stationary", "walking", "running", "cycling", "automotive", "unknown"}) {
            data.append(name, BsonBoolean.valueOf(name.equals(flag)));
        }
        add(EntryKey.MOTION_ACTIVITY, "sensor-data", at, data.append("ts", new BsonDouble(millis(at))));
    }

    private void transition(double at, String state, String transition) {
        add(
                EntryKey.TRANSITION,
                "message",
                at,
                new BsonDocument("currState", new BsonString(state)).append("transition", new BsonString(transition)));
    }

    private void battery(double at) {
        add(
                EntryKey.BATTERY,
                "sensor-data",
                at,
                new BsonDocument("battery_level_pct", new BsonInt32(20 + random.nextInt(80)))
                        .append("battery_status", new BsonInt32(1)));
    }

    private void add(String key, String type, double writeTs, BsonDocument data) {
        BsonDocument metadata = new BsonDocument("key", new BsonString(key))
                .append("platform", new BsonString(ios ? "ios" : "android"))
                .append("type", new BsonString(type))
                .append("write_ts", new BsonDouble(millis(writeTs)))
                .append("read_ts", new BsonInt32(0))
                .append("time_zone", new BsonString(options.zone().getId()));
        if (ios) {
            BsonValue plugin = key.equals(EntryKey.MOTION_ACTIVITY) ? BsonNull.VALUE : new BsonString("none");
            metadata.append("plugin", plugin);
        }
        entries.add(new BsonDocument("user_id", new BsonString(user))
                .append("metadata", metadata)
                .append("data", data));
    }

    private double latitude(Spot spot) {
        return degrees(options.latitude() + spot.north() / METRES_PER_DEGREE);
    }

    private double longitude(Spot spot) {
        double metres = METRES_PER_DEGREE * Math.cos(Math.toRadians(options.latitude()));
        return degrees(options.longitude() + spot.east() / metres);
    }

    private static double degrees(double value) {
        return Math.rint(value * 1e7) / 1e7;
    }

    private static double millis(double ts) {
        return Math.rint(ts * 1000) / 1000;
    }
}
