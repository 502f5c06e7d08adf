package dev.croft.mobility.entry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.SharedData;
import dev.croft.mobility.entry.EntryResult.Refused;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.Refusal.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LongTermFormatTest {
    private static BsonDocument json(String text) {
        return ((Taken) EntryJson.parse(text.getBytes(StandardCharsets.UTF_8), EntryBounds.STANDARD)).entry();
    }

    private static BsonDocument entry(String key, String platform, String data) {
        return json("{\"metadata\":{\"key\":\"%s\",\"platform\":\"%s\",\"write_ts\":1446513827.479381},\"data\":%s}"
                .formatted(key, platform, data));
    }

    private static BsonDocument taken(BsonDocument entry) {
        EntryResult result = LongTermFormat.convert(0, entry);
        assertThat(result).isInstanceOf(Taken.class);
        return ((Taken) result).entry();
    }

    private static Reason refused(BsonDocument entry) {
        EntryResult result = LongTermFormat.convert(0, entry);
        assertThat(result).isInstanceOf(Refused.class);
        return ((Refused) result).refusal().reason();
    }

    private static List<BsonDocument> file(Path file) {
        List<BsonDocument> entries = new ArrayList<>();
        try (EntryReader reader = EntryReader.open(file, EntryBounds.STANDARD)) {
            reader.forEachRemaining(result -> entries.add(((Taken) result).entry()));
        }
        return entries;
    }

    @Test
    void theSampleEntriesOfBothPhonesConvert() {
        Path folder = SharedData.mobility();
        for (String platform : List.of("android", "ios")) {
            for (String kind : List.of("activity", "location", "transition")) {
                BsonDocument phone = file(folder.resolve("phone-" + platform + "." + kind + ".json"))
                        .getFirst();
                assertThat(EntryFormat.of(phone)).isEqualTo(EntryFormat.PHONE);
                BsonDocument entry = taken(phone);
                assertThat(EntryFormat.of(entry)).isEqualTo(EntryFormat.LONG_TERM);
                assertThat(entry.get("_id")).isInstanceOf(BsonObjectId.class);
                assertThat(entry.get("user_id")).isInstanceOf(BsonBinary.class);
                BsonDocument data = entry.getDocument("data");
                assertThat(data).containsKeys("ts", "local_dt", "fmt_time");
                switch (kind) {
                    case "activity" -> {
                        assertThat(entry.getDocument("metadata")
                                        .getString("key")
                                        .getValue())
                                .isEqualTo(EntryKey.MOTION_ACTIVITY);
                        assertThat(data.getInt32("type").getValue()).isEqualTo(platform.equals("ios") ? 3 : 5);
                        assertThat(data.getInt32("confidence").getValue()).isEqualTo(100);
                    }
                    case "location" -> {
                        assertThat(data)
                                .containsKeys("loc", "heading", "filter")
                                .doesNotContainKey("bearing");
                        assertThat(data.getString("fmt_time").getValue())
                                .isEqualTo(
                                        platform.equals("ios")
                                                ? "2015-11-02T14:39:25.190834-08:00"
                                                : "2021-04-08T14:31:05-06:00");
                    }
                    default -> {
                        assertThat(data.getInt32("curr_state").getValue()).isEqualTo(1);
                        assertThat(data.getInt32("transition").getValue()).isEqualTo(platform.equals("ios") ? 2 : 0);
                    }
                }
            }
        }
    }

    @Test
    void sixRealDaysSurviveTheWayToPhoneFormatAndBack() throws IOException {
        for (Path day : SharedData.days()) {
            int converted = 0;
            for (BsonDocument original : file(day)) {
                BsonDocument entry = taken(original);
                BsonDocument phone = PhoneFormat.of(entry);
                converted += EntryFormat.of(phone) == EntryFormat.PHONE ? 1 : 0;
                BsonDocument back = taken(phone);
                assertThat(EntryIdentity.of(back)).isEqualTo(EntryIdentity.of(original));
                assertThat(withoutWeekdays(back)).isEqualTo(withoutWeekdays(original));
            }
            assertThat(converted).as(day.toString()).isEqualTo(file(day).size());
        }
    }

    /** The oldest day's weekdays were counted from 1 in part of its dates. */
    private static BsonDocument withoutWeekdays(BsonDocument entry) {
        BsonDocument copy = entry.clone();
        copy.getDocument("metadata").getDocument("write_local_dt").remove("weekday");
        copy.getDocument("data").getDocument("local_dt").remove("weekday");
        return copy;
    }

    @ParameterizedTest
    @CsvSource({"agb,agc", "zzaEg,zzaEh", "zzbjA,zzbjB", "ajO,ajP", "zzaKM,zzaKN", "zzbhB,zzbhC"})
    void everyObfuscationOfAndroidActivitiesIsKnown(String type, String confidence) {
        BsonDocument data = taken(entry(
                        "background/motion_activity", "android", "{\"%s\":2,\"%s\":61}".formatted(type, confidence)))
                .getDocument("data");
        assertThat(data.getInt32("type").getValue()).isEqualTo(2);
        assertThat(data.getInt32("confidence").getValue()).isEqualTo(61);
        assertThat(data.getDouble("ts").getValue()).isEqualTo(1446513827.479381);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 9",
        "stationary, 3",
        "walking, 7",
        "running, 8",
        "cycling, 1",
        "automotive, 0",
        "unknown, 4",
        "stationary+automotive, 10"
    })
    void iosFlagsBecomeTypes(String flags, int type) {
        StringBuilder data = new StringBuilder("{\"confidence\":\"low\"");
        for (String flag : flags.split("\\+")) {
            if (!flag.isEmpty()) {
                data.append(",\"").append(flag).append("\":true");
            }
        }
        BsonDocument converted = taken(entry("background/motion_activity", "ios", data + "}"));
        assertThat(converted.getDocument("data").getInt32("type").getValue()).isEqualTo(type);
        assertThat(converted.getDocument("data").getInt32("confidence").getValue())
                .isEqualTo(50);
        assertThat(converted.getDocument("metadata").getString("time_zone").getValue())
                .isEqualTo("America/Los_Angeles");
    }

    @Test
    void everyRefusalHasItsReason() {
        String location = "{\"latitude\":%s,\"longitude\":1,\"ts\":%s,\"bearing\":0}";
        assertThat(refused(entry(
                        "background/motion_activity",
                        "ios",
                        "{\"walking\":true,\"cycling\":true,\"confidence\":\"low\"}")))
                .isEqualTo(Reason.AMBIGUOUS_ACTIVITY);
        assertThat(refused(entry("background/motion_activity", "ios", "{\"confidence\":\"sure\"}")))
                .isEqualTo(Reason.UNKNOWN_NAME);
        assertThat(refused(entry("background/motion_activity", "android", "{\"qq\":1}")))
                .isEqualTo(Reason.MISSING_FIELD);
        assertThat(refused(entry("background/motion_activity", "android", "{\"agb\":77,\"agc\":1}")))
                .isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refused(entry("statemachine/transition", "ios", "{\"currState\":\"x\",\"transition\":null}")))
                .isEqualTo(Reason.UNKNOWN_NAME);
        assertThat(refused(entry("background/location", "ios", location.formatted("91", "1"))))
                .isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refused(entry("background/location", "ios", location.formatted("NaN", "1"))))
                .isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refused(entry("background/location", "ios", location.formatted("\"1\"", "1"))))
                .isEqualTo(Reason.WRONG_TYPE);
        assertThat(refused(entry("background/location", "ios", location.formatted("1", "1446513827479"))))
                .isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refused(entry("../../etc/passwd\\u0000", "ios", "{}"))).isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refused(json("{\"metadata\":{\"key\":\"a/b\"},\"data\":{}}")))
                .isEqualTo(Reason.MISSING_FIELD);
        assertThat(refused(json("{\"metadata\":3,\"data\":{}}"))).isEqualTo(Reason.WRONG_TYPE);
        assertThat(refused(json(
                        "{\"metadata\":{\"key\":\"a/b\",\"write_ts\":1,\"time_zone\":\"Mars/Base\"},\"data\":{}}")))
                .isEqualTo(Reason.UNKNOWN_TIME_ZONE);
    }

    @Test
    void anEntryWithoutIdGetsTheSameOneEachTime() {
        BsonDocument phone = entry("background/battery", "ios", "{\"battery_level_pct\":5}");
        BsonDocument other = entry("background/battery", "ios", "{\"battery_level_pct\":6}");
        assertThat(taken(phone)).isEqualTo(taken(phone));
        assertThat(EntryIdentity.of(taken(phone))).isNotEqualTo(EntryIdentity.of(taken(other)));
        assertThat(EntryIdentity.of(taken(phone)).id()).hasSize(24);
    }

    @Test
    void labelsGetLocalDatesOfBothEnds() {
        BsonDocument data = taken(
                        entry("manual/mode_confirm", "ios", "{\"start_ts\":10.5,\"end_ts\":20,\"label\":\"walk\"}"))
                .getDocument("data");
        assertThat(data.getString("start_fmt_time").getValue()).isEqualTo("1969-12-31T16:00:10.500000-08:00");
        assertThat(data)
                .containsKeys("start_local_dt", "end_local_dt", "end_fmt_time")
                .doesNotContainKey("ts");
    }
}
