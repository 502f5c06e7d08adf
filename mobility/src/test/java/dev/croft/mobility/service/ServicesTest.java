package dev.croft.mobility.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.mobility.entry.EntryKey;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.mobility.metrics.MetricException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServicesTest {
    private static final List<BsonDocument> ENTRIES = new TraceGenerator(TraceOptions.STANDARD)
            .person(4).stream()
                    .map(entry -> ((Taken) LongTermFormat.convert(0, entry)).entry())
                    .toList();

    /** Sockets have short names, so the folder must too. */
    @TempDir
    Path folder;

    private FakeDoor door(String name, String input) throws IOException {
        return new FakeDoor(folder.resolve(name), BsonDocument.parse(input));
    }

    private static void put(FakeDoor door, List<BsonDocument> entries) {
        entries.forEach(entry -> door.collection("entries").put(entry.get("_id"), entry));
    }

    private static Map<BsonValue, BsonDocument> derived(FakeDoor door) {
        return door.collection("analysis");
    }

    @Test
    void runsInBetweenLeaveTheDocumentsOfOneRun() throws IOException {
        try (FakeDoor once = door("a", "{}");
                FakeDoor often = door("b", "{}")) {
            put(once, ENTRIES);
            PipelineService.run(once.launch);
            for (int part = 1; part <= 5; part++) {
                put(often, ENTRIES.subList(0, ENTRIES.size() * part / 5));
                PipelineService.run(often.launch);
            }
            assertThat(derived(once)).hasSizeGreaterThan(100);
            assertThat(derived(often)).isEqualTo(derived(once));
            assertThat(Files.readString(often.launch.directory().resolve("output/report.json")))
                    .contains("\"incremental\": true");
        }
    }

    @Test
    void aLocationReplacedInPlaceIsNoticedThoughEveryCountStays() throws IOException {
        List<BsonDocument> moved = new ArrayList<>();
        for (BsonDocument entry : ENTRIES) {
            BsonDocument copy = entry.clone();
            moved.add(copy);
        }
        BsonDocument data = moved.stream()
                .filter(entry -> entry.getDocument("metadata")
                        .getString("key")
                        .getValue()
                        .equals(EntryKey.FILTERED_LOCATION))
                .skip(40)
                .findFirst()
                .orElseThrow()
                .getDocument("data");
        data.put("latitude", new BsonDouble(data.getNumber("latitude").doubleValue() + 0.003));
        try (FakeDoor once = door("a", "{}");
                FakeDoor replaced = door("b", "{}")) {
            put(once, moved);
            PipelineService.run(once.launch);
            put(replaced, ENTRIES);
            PipelineService.run(replaced.launch);
            assertThat(derived(replaced)).isNotEqualTo(derived(once));
            put(replaced, moved);
            replaced.rewrote("entries");
            PipelineService.run(replaced.launch);
            assertThat(derived(replaced)).isEqualTo(derived(once));
        }
    }

    @Test
    void whatWasForgottenIsDerivedAnewAndTheMarkGoesLast() throws IOException {
        List<BsonDocument> left = ENTRIES.subList(0, ENTRIES.size() * 2 / 3);
        try (FakeDoor once = door("a", "{}")) {
            put(once, left);
            PipelineService.run(once.launch);
            for (int cut = 1; ; cut++) {
                try (FakeDoor door = door("f" + cut, "{}")) {
                    put(door, ENTRIES);
                    PipelineService.run(door.launch);
                    door.collection("entries").clear();
                    put(door, left);
                    BsonDocument mark = new BsonDocument("_id", new BsonString("mark"));
                    door.collection("rederive").put(mark.get("_id"), mark);
                    int begun = door.requests.size();
                    door.failAfter = begun + cut;
                    boolean whole = false;
                    try {
                        PipelineService.run(door.launch);
                        whole = true;
                    } catch (ServiceException.Refused expected) {
                        assertThat(door.collection("rederive"))
                                .as("cut after %d requests", cut)
                                .hasSize(1);
                    }
                    door.failAfter = Integer.MAX_VALUE;
                    PipelineService.run(door.launch);
                    assertThat(derived(door)).as("cut after %d requests", cut).isEqualTo(derived(once));
                    assertThat(door.collection("rederive")).isEmpty();
                    if (whole) {
                        return;
                    }
                }
            }
        }
    }

    @Test
    void aRunCutOffAnywhereIsMadeGoodByTheNext() throws IOException {
        List<BsonDocument> day = ENTRIES.subList(0, ENTRIES.size() / 3);
        try (FakeDoor once = door("a", "{}")) {
            put(once, day);
            PipelineService.run(once.launch);
            int requests = once.requests.size();
            for (int cut = 1; cut < requests; cut++) {
                try (FakeDoor door = door("c" + cut, "{}")) {
                    put(door, day.subList(0, day.size() / 2));
                    PipelineService.run(door.launch);
                    put(door, day);
                    door.failAfter = door.requests.size() + cut;
                    try {
                        PipelineService.run(door.launch);
                    } catch (ServiceException.Refused expected) {
                        assertThat(expected.httpStatus()).isEqualTo(503);
                    }
                    door.failAfter = Integer.MAX_VALUE;
                    PipelineService.run(door.launch);
                    assertThat(derived(door)).as("cut after %d requests", cut).isEqualTo(derived(once));
                }
            }
        }
    }

    @Test
    void metricsAndCountAnswerFromWhatTheDoorGives() throws IOException {
        try (FakeDoor door = door("m", "{metric_list: ['count', 'distance'], freq: 'DAILY'}")) {
            put(door, ENTRIES);
            PipelineService.run(new Launch(door.launch.door(), "self", other(door, "{}")));
            MetricsService.run(door.launch);
            BsonDocument answer =
                    BsonDocument.parse(Files.readString(door.launch.directory().resolve("output/metrics.json")));
            assertThat(answer.getArray("user_metrics")).hasSize(2);
            assertThat(answer.getArray("user_metrics").get(0).asArray()).hasSize(3);

            String area = "{type: 'Polygon', coordinates: [[[-123,37],[-121,37],[-121,39],[-123,39],[-123,37]]]}";
            CountService.run(new Launch(
                    door.launch.door(), "self", other(door, "{region: %s, from: 0, to: 2e9}".formatted(area))));
            assertThat(Files.readString(folder.resolve("other/output/count.json")))
                    .contains("\"count\": 1");
            CountService.run(new Launch(
                    door.launch.door(), "self", other(door, "{region: %s, from: 0, to: 1}".formatted(area))));
            assertThat(Files.readString(folder.resolve("other/output/count.json")))
                    .contains("\"count\": 0");
        }
    }

    private Path other(FakeDoor door, String input) throws IOException {
        Path directory = folder.resolve("other");
        Files.createDirectories(directory.resolve("output"));
        Files.copy(
                door.launch.directory().resolve("token"),
                directory.resolve("token"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(
                directory.resolve("input.json"), BsonDocument.parse(input).toJson());
        return directory;
    }

    @Test
    void aWrongTokenIsRefusedAndSaidSo() throws IOException {
        try (FakeDoor door = door("t", "{}")) {
            Files.writeString(door.launch.directory().resolve("token"), "guess");
            assertThatThrownBy(() -> PipelineService.run(door.launch))
                    .isInstanceOf(ServiceException.Refused.class)
                    .hasMessageContaining("unauthenticated");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\r\n",
                "SSH-2.0-x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n[[[[",
                "HTTP/1.1 500 no\r\nContent-Length: 3\r\n\r\n<a>"
            })
    void aDoorThatTalksNonsenseIsNoDoor(String answer) throws IOException {
        try (FakeDoor door = door("n", "{}")) {
            door.rawAnswer = answer;
            assertThatThrownBy(() -> PipelineService.run(door.launch)).isInstanceOf(ServiceException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{metric_list: []}",
                "{metric_list: ['speed'], freq: 'DAILY'}",
                "{metric_list: ['count'], freq: 'HOURLY'}",
                "{metric_list: ['count'], freq: 'DAILY', start_local_date: {year: 2016}}",
                "{metric_list: ['count'], freq: 'D', start_time: 'x', end_time: 1}"
            })
    void badInputIsNamedBeforeTheDoorIsAsked(String input) throws IOException {
        try (FakeDoor door = door("i", input)) {
            assertThatThrownBy(() -> MetricsService.run(door.launch))
                    .isInstanceOfAny(ServiceException.BadInput.class, MetricException.class);
            assertThat(door.requests).isEmpty();
        }
    }

    @Test
    void onlyWhatThePipelineNeedsIsRead() throws IOException {
        try (FakeDoor door = door("r", "{}")) {
            put(
                    door,
                    ENTRIES.stream()
                            .filter(entry -> !entry.getDocument("metadata")
                                    .getString("key")
                                    .getValue()
                                    .equals(EntryKey.LOCATION))
                            .toList());
            PipelineService.run(door.launch);
            Map<BsonValue, BsonDocument> without = Map.copyOf(derived(door));
            put(door, ENTRIES);
            PipelineService.run(door.launch);
            assertThat(derived(door)).isEqualTo(without);
        }
    }
}
