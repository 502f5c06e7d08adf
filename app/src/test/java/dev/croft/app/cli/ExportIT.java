package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.server.LocalServer;
import dev.croft.budget.Epsilon;
import dev.croft.router.RouterClient;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A private cloud as a folder of plain files, and from there into another's Croft: by commands, with hosts as processes. */
class ExportIT {
    @TempDir
    Path folder;

    private LocalServer up(String name) {
        return TestServers.up(folder.resolve(name));
    }

    private CroftTest.Run croft(String line) {
        return CroftTest.croft(line.replace("DIR", folder.toString()).split(" "));
    }

    private CroftTest.Run good(String line) {
        CroftTest.Run run = croft(line);
        assertThat(run.status()).as(line + ": " + run.err()).isZero();
        return run;
    }

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void anExportIsPlainFilesThatAnotherCroftTakesAndItsBudgetStaysSpent() throws Exception {
        good("data generate --people 1 --out DIR/phones");
        String first = " --key DIR/first/keys/ada.key --home DIR/first";
        try (LocalServer server = up("first")) {
            good("cloud create ada --home DIR/first");
            good("data upload DIR/phones/person-01.json.gz" + first);
            good("grant create --service pipeline" + first);
            OwnerKey key = OwnerKey.load(folder.resolve("first/keys/ada.key"), null);
            try (RouterClient operator = server.operator();
                    RouterClient ada = operator.as(
                            Files.readString(folder.resolve("first/tokens/ada")).strip())) {
                var cloud = ada.pm(key.cloudId()).as(Signer.owner(key));
                // Types that JSON alone does not tell apart.
                cloud.insert(
                        "notes",
                        List.of(
                                BsonDocument.parse(
                                        "{_id: {$oid: '0123456789abcdef01234567'}, i: 1, l: {$numberLong: '1'}, d: 1.0, nan: {$numberDouble: 'NaN'},"
                                                + " t: {$date: 5}, b: {$binary: {base64: 'AAE=', subType: '00'}}, x: {$numberDecimal: '1.10'}, n: null}")));
                cloud.spend(new BudgetStatus(
                        BudgetPolicy.DEFAULT,
                        List.of(new BudgetStatus.Block(
                                "all",
                                null,
                                Epsilon.parse("1"),
                                Epsilon.ZERO,
                                Epsilon.parse("0.7"),
                                Epsilon.parse("0.3")))));
            }
            assertThat(good("cloud export DIR/export" + first).out())
                    .contains("collections/entries.jsonl", "audit.jsonl");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("export"))))
                .isEqualTo("rwx------");
        JsonNode manifest = json(Files.readString(folder.resolve("export/manifest.json")));
        for (JsonNode file : manifest.get("files")) {
            Path exported = folder.resolve("export").resolve(file.get("name").asText());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(exported)))
                    .isEqualTo("rw-------");
            if (file.get("name").asText().endsWith(".jsonl")) {
                try (Stream<String> lines = Files.lines(exported)) {
                    assertThat(lines.count())
                            .as(exported.toString())
                            .isEqualTo(file.get("records").asLong());
                }
            }
        }
        assertThat(json(Files.readString(folder.resolve("export/grants.json")))
                        .get(0)
                        .get("grant")
                        .get("holder")
                        .toString())
                .contains("pipeline");
        assertThat(Files.readString(folder.resolve("export/audit.jsonl"))).contains("\"upload\"");

        String key = " --key DIR/first/keys/ada.key --as ada --home DIR/second";
        try (LocalServer _ = up("second")) {
            refusedAfter("export/collections/entries.jsonl", key);
            refusedAfter("export/budget.json", key);
            refusedAfter("export/manifest.json", key);
            assertThat(Files.exists(folder.resolve("second/tokens/ada")))
                    .as("nothing was begun")
                    .isFalse();

            JsonNode taken = json(good("cloud import DIR/export --json" + key).out());
            assertThat(taken.get("collections").toString()).contains("\"collection\":\"entries\",\"taken\":1158");
            assertThat(json(good("budget show --json" + key).out()).toString()).contains("\"spent\":0.7");
            assertThat(good("cloud import DIR/export --json" + key).out()).doesNotContain("\"taken\" : 1158");
            assertThat(json(good("budget show --json" + key).out()).toString()).contains("\"spent\":0.7");
            assertThat(good("grant list" + key).out()).doesNotContain("pipeline");
            assertThat(good("cloud audit" + key).out()).contains("budget_spend");

            // Under another key, which is how one gets a new one.
            good("cloud create eve --home DIR/second");
            String eve = " --key DIR/second/keys/eve.key --home DIR/second";
            good("cloud import DIR/export" + eve);
            assertThat(json(good("budget show --json" + eve).out()).toString()).contains("\"spent\":0.7");
            good("cloud create max --epsilon 2 --home DIR/second");
            assertThat(croft("cloud import DIR/export --key DIR/second/keys/max.key --home DIR/second")
                            .err())
                    .contains("cut otherwise");
            good("cloud export DIR/again" + eve);

            // A stranger's export does not say with what budget one's private cloud is made.
            OwnerKey.generate().save(folder.resolve("zoe.key"), null);
            String zoe = "cloud import DIR/export --key DIR/zoe.key --home DIR/second";
            CroftTest.Run asked = croft(zoe);
            assertThat(asked.status()).isEqualTo(ExitStatus.USAGE.code());
            assertThat(asked.err())
                    .contains(
                            manifest.get("cloud").asText(),
                            manifest.get("ownerKey").asText(),
                            "epsilon 1",
                            "--yes");
            assertThat(folder.resolve("second/tokens/zoe")).doesNotExist();
            assertThat(good(zoe + " --yes").out()).contains("epsilon 1 for all data");
        }
        for (String collection : List.of("entries", "notes")) {
            assertThat(lines("again", collection)).isEqualTo(lines("export", collection));
        }
    }

    private List<String> lines(String export, String collection) throws Exception {
        return Files.readAllLines(folder.resolve(export).resolve("collections/" + collection + ".jsonl")).stream()
                .sorted()
                .toList();
    }

    /** A file that one byte was changed of, and then one that is cut, is named. */
    private void refusedAfter(String name, String key) throws Exception {
        Path file = folder.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        byte[] changed = whole.clone();
        changed[changed.length / 2] ^= 1;
        for (byte[] bad : List.of(changed, Arrays.copyOf(whole, whole.length - 1))) {
            Files.write(file, bad);
            CroftTest.Run run = croft("cloud import DIR/export" + key);
            assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.UNVERIFIED.code());
            assertThat(run.err()).contains(name.substring("export/".length()));
        }
        Files.write(file, whole);
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)).isNotEmpty();
    }
}
