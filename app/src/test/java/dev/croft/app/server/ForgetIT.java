package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.app.demo.Resident;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Span;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an owner forgets leaves no trace in what is derived: the pipeline runs again by itself, as over entries that never were. */
class ForgetIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    Path directory;

    private static byte[] lines(List<BsonDocument> entries) {
        return entries.stream()
                .map(EntryJson::write)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static BsonDocument longTerm(BsonDocument entry) {
        return ((EntryResult.Taken) LongTermFormat.convert(new EntryResult.Taken(0, entry))).entry();
    }

    private static double ts(BsonDocument entry) {
        BsonDocument data = entry.getDocument("data");
        return data.isNumber("ts")
                ? data.getNumber("ts").doubleValue()
                : entry.getDocument("metadata").getNumber("write_ts").doubleValue();
    }

    private static Map<String, BsonDocument> derived(Resident resident) {
        Map<String, BsonDocument> derived = new TreeMap<>();
        for (BsonDocument document : resident.cloud().findAll("analysis", new BsonDocument())) {
            derived.put(document.getObjectId("_id").getValue().toHexString(), document);
        }
        return derived;
    }

    @Test
    void forgettingADayLeavesWhatAPrivateCloudWithoutThatDayHas() throws Exception {
        Home home = new Home(directory);
        RouterConfig config =
                RouterConfig.embedded(home.router()).withListen("127.0.0.1", 0).withServicesDirectory(home.services());
        List<BsonDocument> entries = new TraceGenerator(TraceOptions.STANDARD)
                .person(3).stream().map(ForgetIT::longTerm).toList();
        double first = entries.stream().mapToDouble(ForgetIT::ts).min().orElseThrow();
        var day = new Span(first + 86_400 + 30_000, first + 2 * 86_400);
        List<BsonDocument> left =
                entries.stream().filter(entry -> !day.contains(ts(entry))).toList();
        assertThat(left).hasSizeBetween(1, entries.size() - 1);
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            CatalogueEntry pipeline = operator.services().stream()
                    .filter(entry -> entry.name().equals("pipeline"))
                    .findFirst()
                    .orElseThrow();
            for (boolean shred : new boolean[] {false, true}) {
                RouterClient ana = account(operator, "ana" + shred);
                RouterClient eve = account(operator, "eve" + shred);
                try (Resident forgets = Resident.settle(ana, home, "ana" + shred, PrivateCloud.Hosting.SHARED);
                        Resident never = Resident.settle(eve, home, "eve" + shred, PrivateCloud.Hosting.SHARED)) {
                    forgets.upload(lines(entries));
                    never.upload(lines(left));
                    done(forgets, forgets.launch(pipeline));
                    done(never, never.launch(pipeline));
                    assertThat(derived(forgets).keySet())
                            .isNotEqualTo(derived(never).keySet());

                    String cloud = forgets.cloud().cloud();
                    Documents.Forgotten forgotten =
                            forgets.cloud().forget(new Documents.Forget(day, null, null, shred));
                    assertThat(forgotten.deleted()).isEqualTo(entries.size() - left.size());
                    assertThat(forgotten.marked()).isPositive();
                    List<Launch> launches = ana.launches(cloud);
                    assertThat(launches)
                            .as("one launch by hand, one by forgetting")
                            .hasSize(2);
                    done(forgets, launches.getFirst());

                    Map<String, BsonDocument> expected = derived(never);
                    Map<String, BsonDocument> actual = derived(forgets);
                    assertThat(actual.keySet()).isEqualTo(expected.keySet());
                    expected.forEach(
                            (id, document) -> assertThat(actual.get(id)).as(id).isEqualTo(document));
                    assertThat(expected).hasSizeGreaterThan(100);
                    assertThat(forgets.cloud().count("rederive", new BsonDocument()))
                            .isZero();
                    assertThat(forgets.cloud().verify().isWhole()).isTrue();
                }
            }
        }
    }

    private static RouterClient account(RouterClient operator, String name) {
        operator.createAccount(name, Role.OWNER, null);
        return operator.as(operator.issueTokenFor(name, "test", Role.OWNER.scopes(), Duration.ofHours(1))
                .secret());
    }

    private static void done(Resident resident, Launch launch) throws InterruptedException {
        Launch ended = resident.await(launch, PATIENCE);
        assertThat(ended.state()).as(ended.reason()).isEqualTo(Launch.State.DONE);
    }
}
