package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.server.LocalServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that need a server, with good and with bad input: exit status, what is said, and one JSON document with {@code --json}.
 * Each test has an owner of its own on one server.
 */
class CommandsIT {
    private static final ObjectMapper STRICT =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static @Nullable LocalServer server;

    @BeforeAll
    static void start() {
        server = TestServers.up(shared.resolve("home"));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    record Run(int status, String out, String err) {
        JsonNode json() {
            try {
                return STRICT.readTree(out);
            } catch (IOException e) {
                throw new AssertionError(out, e);
            }
        }
    }

    /** {@code HOME} in a line is the server's home and {@code DIR} the test's folder. */
    private Run croft(String line) {
        String[] arguments = line.replace("HOME", "--home " + shared.resolve("home"))
                .replace("DIR", folder.toString())
                .split(" ");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), arguments);
        assertThat(err.toString()).as(line).doesNotContain("\tat ").doesNotContain("internal error");
        return new Run(status, out.toString(), err.toString());
    }

    private Run good(String line) {
        Run run = croft(line);
        assertThat(run.status()).as(line + ": " + run.err()).isZero();
        return run;
    }

    private void bad(ExitStatus status, String line, String... says) {
        Run run = croft(line);
        assertThat(run.status()).as(line + ": " + run.out() + run.err()).isEqualTo(status.code());
        assertThat(run.err()).as(line).startsWith("croft: ").contains(says);
        assertThat(run.err().lines().count()).as(line).isLessThanOrEqualTo(2);
    }

    private static String key(String owner) {
        return "--key " + shared.resolve("home/keys/" + owner + ".key") + " HOME";
    }

    @Test
    void budgetBlocksAndClaims() {
        String total = " --dataset trips --epsilon 1 --delta 1e-6 HOME";
        bad(ExitStatus.USAGE, "budget block create b1 --dataset trips HOME", "--epsilon");
        bad(ExitStatus.USAGE, "budget block create b1 --dataset trips --epsilon NaN HOME", "--epsilon");
        bad(ExitStatus.INPUT, "budget block create b1 --dataset trips --epsilon -1 HOME", "epsilon: NEGATIVE");
        bad(ExitStatus.USAGE, "budget block create b1 --dataset trips --epsilon Infinity HOME", "--epsilon");
        bad(ExitStatus.INPUT, "budget block create b1 --dataset trips --orders 3,2 --epsilons 1,1 HOME", "orders");
        String many = "2" + ",3".repeat(500);
        bad(
                ExitStatus.INPUT,
                "budget block create b1 --dataset trips --orders " + many + " --epsilons 1 HOME",
                "orders");
        assertThat(good("budget block create b1 --label city=York --json" + total)
                        .json()
                        .get("state")
                        .asText())
                .isEqualTo("open");
        good("budget block create b1 --label city=York" + total);
        bad(ExitStatus.REFUSED, "budget block create b1 --dataset other --epsilon 1 HOME", "block.id: DUPLICATE");
        bad(ExitStatus.NOT_FOUND, "budget block show nowhere HOME", "not-found");

        bad(ExitStatus.INPUT, "budget claim request c1 --block nowhere --epsilon 0.1 HOME", "blocks: UNKNOWN");
        bad(ExitStatus.INPUT, "budget claim request c1 --block b1 --epsilon 0 HOME", "demand: ZERO");
        bad(ExitStatus.INPUT, "budget claim request c1 --block b1 --orders 2 --epsilons 0.1 HOME", "demand: MALFORMED");
        bad(ExitStatus.INPUT, "budget claim request c1 --block b1 --epsilon 0.1 --weight 9 HOME", "weight");
        bad(ExitStatus.USAGE, "budget claim request c1 --epsilon 0.1 HOME", "--block or --dataset");
        assertThat(good("budget claim request c1 --dataset trips --where city:is:York --epsilon 0.6 --json HOME")
                        .json()
                        .get("state")
                        .asText())
                .isEqualTo("allocated");
        bad(ExitStatus.REFUSED, "budget claim request c1 --block b1 --epsilon 0.5 HOME", "claim.id: DUPLICATE");
        assertThat(croft("budget claim request huge --block b1 --epsilon 2 HOME")
                        .status())
                .isEqualTo(ExitStatus.REFUSED.code());
        good("budget claim consume c1 epoch-1 --epsilon 0.2 HOME");
        good("budget claim consume c1 epoch-1 --epsilon 0.2 HOME");
        bad(ExitStatus.REFUSED, "budget claim consume c1 epoch-2 --epsilon 0.5 HOME", "consume.b1: OVERFLOW");
        bad(ExitStatus.REFUSED, "budget block delete b1 HOME", "open claims");
        assertThat(good("budget claim request c2 --block b1 --epsilon 0.7 HOME").out())
                .contains("waiting");
        good("budget claim release c1 HOME");
        assertThat(good("budget claim request c2 --block b1 --epsilon 0.7 --wait HOME")
                        .out())
                .contains("allocated");
        assertThat(good("budget claim list --json HOME").json()).hasSize(3);
        assertThat(good("budget block list HOME").out()).contains("b1").contains("0.2");
        assertThat(good("budget block retire b1 --json HOME")
                        .json()
                        .get("state")
                        .asText())
                .isEqualTo("retired");
        bad(ExitStatus.NOT_FOUND, "budget claim show nobody HOME", "not-found");
    }

    @Test
    void budgetStreams() throws IOException {
        String amount = " --epsilon 2 --delta 1e-6 HOME";
        bad(ExitStatus.USAGE, "budget stream open rides --by moon" + amount, "--by");
        bad(ExitStatus.USAGE, "budget stream open rides --by time" + amount, "--span");
        bad(ExitStatus.USAGE, "budget stream open rides --by user --span 3" + amount, "--span");
        bad(ExitStatus.USAGE, "budget stream open rides --by time --span NaN" + amount, "--span");
        bad(ExitStatus.INPUT, "budget stream open rides --by user --counter-epsilon -1" + amount, "epsilon");
        bad(ExitStatus.INPUT, "budget stream open ri/des --by user" + amount, "stream.dataset: MALFORMED");
        good("budget stream open rides --by time --span 86400" + amount);
        good("budget stream open rides --by time --span 86400" + amount);
        bad(ExitStatus.REFUSED, "budget stream open rides --by time --span 60" + amount, "DUPLICATE");
        good("budget stream open walks --by user-time --span 86400 --counter-epsilon 0.5 --counter-ticks 10" + amount);
        good("budget stream open people --by user" + amount);

        bad(ExitStatus.USAGE, "budget stream observe rides HOME", "--time or --file");
        bad(ExitStatus.USAGE, "budget stream observe rides --time yesterday HOME", "2026-01-01");
        bad(ExitStatus.INPUT, "budget stream observe nowhere --time 2026-01-01T08:00:00Z HOME", "UNKNOWN");
        bad(ExitStatus.INPUT, "budget stream observe people --time 2026-01-01T08:00:00Z HOME", "stream.user");
        Files.writeString(folder.resolve("broken.csv"), "2026-01-01T08:00:00Z,ana\nsoon,ben\n");
        bad(ExitStatus.INPUT, "budget stream observe walks --file DIR/broken.csv HOME", "line 2");
        bad(ExitStatus.INPUT, "budget stream observe walks --file DIR/nothing.csv HOME", "nothing.csv");
        Files.writeString(
                folder.resolve("walks.csv"),
                "2026-01-01T08:00:00Z,ana\n2026-01-01T09:00:00Z,ana\n\n2026-01-02T08:00:00Z,ana\n2026-01-02T08:00:00Z,ben\n");
        good("budget stream observe rides --time 2026-01-01T08:00:00Z HOME");
        good("budget stream observe people --user ana --time 2026-01-01T08:00:00Z HOME");
        good("budget stream observe walks --file DIR/walks.csv HOME");
        good("budget stream observe walks --file DIR/walks.csv HOME");
        assertThat(good("budget block list --dataset rides --json HOME").json()).hasSize(1);
        assertThat(good("budget block list --dataset people --json HOME").json())
                .hasSize(1);
        assertThat(good("budget block list --dataset walks --json HOME").json()).hasSize(3);
        // The counter's price is off every block.
        assertThat(good("budget block show walks/ben/2026-01-02T00:00:00Z HOME").out())
                .contains("total 1.5 ");

        bad(ExitStatus.INPUT, "budget stream tick walks 2 HOME", "tick");
        bad(ExitStatus.INPUT, "budget stream tick rides 1 HOME", "stream.counter");
        JsonNode first = good("budget stream tick walks 1 --json HOME").json();
        assertThat(good("budget stream tick walks 1 --json HOME").json()).isEqualTo(first);
        assertThat(good("budget stream list HOME").out()).contains("user-time");
        // A claim over one person's blocks is not for analysts, who may not know of the person.
        bad(
                ExitStatus.INPUT,
                "budget claim request w --dataset walks --newest 1 --epsilon 0.1 HOME",
                "blocks: UNKNOWN");
        good("budget claim request r --dataset rides --newest 1 --epsilon 0.1 --patience 5 --lease 60 HOME");
        good("budget block retire rides/2026-01-01T00:00:00Z HOME");
    }

    @Test
    void privateClouds() throws IOException {
        bad(ExitStatus.USAGE, "cloud create carl HOME --epsilon NaN", "epsilon");
        bad(ExitStatus.USAGE, "cloud create carl HOME --epsilon -1", "epsilon");
        bad(ExitStatus.USAGE, "cloud create carl HOME --window-days 0", "--window-days");
        bad(ExitStatus.USAGE, "cloud create ../carl HOME", "name");
        JsonNode made = good("cloud create carl HOME --json --epsilon 2 --window-days 30")
                .json();
        String key = key("carl");
        assertThat(made.get("key").asText()).endsWith("carl.key");
        bad(ExitStatus.INPUT, "cloud create carl HOME", "exists already");
        assertThat(good("cloud list HOME --as carl --json").json()).hasSize(1);
        assertThat(good("cloud list HOME --as carl").out())
                .contains(made.get("cloud").asText(), "AWAKE");
        bad(ExitStatus.INPUT, "cloud list HOME --as nobody", "no token of nobody");
        Path noKey = Files.writeString(folder.resolve("no.key"), "nothing\n");
        bad(ExitStatus.INPUT, "cloud wake HOME --key " + noKey, "no.key");
        bad(ExitStatus.INPUT, "cloud wake HOME --key DIR/absent.key", "no such file");

        assertThat(good("cloud hibernate " + key).out()).contains("sleeps");
        assertThat(good("cloud list HOME --as carl").out()).contains("HIBERNATED");
        assertThat(good("cloud wake --json " + key).json().get("state").asText())
                .isEqualTo("awake");
        assertThat(good("cloud lock --json " + key).json().get("state").asText())
                .isEqualTo("locked");
        assertThat(croft("cloud wake " + key).status()).isEqualTo(ExitStatus.UNAVAILABLE.code());
        bad(ExitStatus.UNAVAILABLE, "data find " + key, "locked");
        assertThat(good("cloud unlock --json " + key).json().get("state").asText())
                .isEqualTo("awake");
        assertThat(good("cloud verify --json " + key).json().get("capsules")).hasSize(4);
        assertThat(good("cloud verify " + key).out()).contains("none");
        assertThat(good("cloud audit --json --limit 2 " + key).json().get("items"))
                .hasSize(2);
        assertThat(good("cloud audit " + key).out()).contains("cloud_lock");
        bad(ExitStatus.INPUT, "cloud audit --limit -1 " + key, "limit");
        assertThat(good("budget show --json " + key)
                        .json()
                        .at("/policy/windowDays")
                        .asInt())
                .isEqualTo(30);
        assertThat(good("budget history --json " + key).json().get("items")).isEmpty();
        bad(ExitStatus.USAGE, "cloud delete " + key, "--yes");
        assertThat(good("cloud delete --yes " + key).out()).contains("is deleted");
        bad(ExitStatus.NOT_FOUND, "cloud wake " + key, "not-found", "private cloud");
        assertThat(good("cloud list HOME --as carl --json").json()).isEmpty();
    }

    @Test
    void accounts() {
        assertThat(good("account create eve --role analyst HOME").out()).contains("analyst eve");
        bad(ExitStatus.INPUT, "account create eve HOME", "exists already");
        bad(ExitStatus.USAGE, "account create a/b HOME", "name");
        bad(ExitStatus.USAGE, "account create zed --role king HOME", "OWNER, ANALYST, OPERATOR");
        assertThat(good("account list --json HOME").json().findValuesAsText("name"))
                .contains("eve", "operator");
        assertThat(good("account list HOME").out()).contains("ANALYST");
    }

    @Test
    void data() throws IOException {
        good("cloud create dora HOME");
        String key = key("dora");
        good("data generate --people 1 --days 1 --out DIR/made");
        String file = " DIR/made/person-01.json.gz ";
        long entries = good("data upload --json" + file + key)
                .json()
                .elements()
                .next()
                .get("taken")
                .asLong();
        assertThat(entries).isPositive();
        assertThat(good("data upload" + file + key).out()).contains(entries + " already there");
        Files.write(folder.resolve("noise"), new byte[] {1, 2, 3, '\n', 4});
        assertThat(croft("data upload DIR/noise " + key).status()).isEqualTo(ExitStatus.INPUT.code());
        bad(ExitStatus.INPUT, "data upload DIR/absent " + key, "no such file");

        assertThat(good("data find --json " + key).json()).hasSize((int) entries);
        assertThat(good("data find --limit 3 " + key).out().lines()).hasSize(3);
        assertThat(good("data find --json --collection nothing " + key).json()).isEmpty();
        bad(ExitStatus.USAGE, "data find --filter { " + key, "no JSON object");
        bad(ExitStatus.INPUT, "data find --filter {\"a\":{\"$near-ish\":1}} " + key, "$near-ish");
        bad(ExitStatus.USAGE, "data find --collection ../entries " + key, "collection");
        bad(ExitStatus.INPUT, "data find --limit -1 " + key, "limit");
        assertThat(good("data convert --json" + file).json()).hasSize((int) entries);
        assertThat(good("data check --json" + file).json().get(0).get("taken").asLong())
                .isEqualTo(entries);

        bad(ExitStatus.USAGE, "data forget " + key, "name a time, a place or a key");
        bad(ExitStatus.USAGE, "data forget --from 5 --to 1 " + key, "--from");
        bad(ExitStatus.USAGE, "data forget --from NaN " + key, "finite");
        bad(ExitStatus.INPUT, "data forget --region DIR/noise " + key, "no JSON object");
    }

    @Test
    void grants() {
        good("cloud create gina HOME");
        String key = key("gina");
        bad(ExitStatus.USAGE, "grant create " + key, "--service, --query and --holder");
        bad(
                ExitStatus.USAGE,
                "grant create --service pipeline --query count " + key,
                "--service, --query and --holder");
        bad(
                ExitStatus.USAGE,
                "grant create --holder nonsense --collections entries --operations find " + key,
                "--holder");
        bad(ExitStatus.USAGE, "grant create --query count --epsilon -0.1 " + key, "epsilon");
        bad(ExitStatus.USAGE, "grant create --query count --fields data.ts " + key, "--fields");
        bad(ExitStatus.USAGE, "grant create --service count --from 5 --to 1 " + key, "--from");
        bad(ExitStatus.USAGE, "grant create --service count --days 0 " + key, "--days");
        bad(ExitStatus.NOT_FOUND, "grant create --query guess " + key, "no computation guess");
        bad(ExitStatus.NOT_FOUND, "grant create --service guess " + key, "no service guess");
        // What narrows a grant is in it, for services whose needs are known as well.
        String id = good("grant create --service count --from 5 --to 10 --fields data.ts --json " + key)
                .json()
                .get("grant")
                .asText();
        JsonNode grants = good("grant list --json " + key).json();
        assertThat(grants).hasSize(1);
        assertThat(grants.get(0).at("/grant/span/to").asDouble()).isEqualTo(10);
        assertThat(grants.get(0).at("/grant/fields/0").asText()).isEqualTo("data.ts");
        bad(ExitStatus.NOT_FOUND, "grant revoke notagrant " + key, "no such grant");
        assertThat(good("grant revoke " + id + " " + key).out()).contains("is revoked");
        assertThat(good("grant list " + key).out()).contains(" no ");
        bad(ExitStatus.NOT_FOUND, "service launch nosuch --grant " + id + " " + key, "no such service");
        bad(ExitStatus.NOT_FOUND, "service launch count --version 99 --grant " + id + " " + key, "no such service");
    }

    @Test
    void queries() throws IOException {
        String time = " --from 0 --to 4e9 ";
        Files.writeString(folder.resolve("point.json"), "{\"type\":\"Point\",\"coordinates\":[1,2]}");
        Files.writeString(
                folder.resolve("area.json"),
                "{\"type\":\"Polygon\",\"coordinates\":[[[-123,37],[-122,37],[-122,38],[-123,38],[-123,37]]]}");
        String count = "query count HOME --as quinn --region DIR/area.json";
        bad(ExitStatus.USAGE, count + time, "--epsilon, or --alpha and --offset");
        bad(ExitStatus.USAGE, count + " --from 1 --to 1 --epsilon 1", "--from");
        bad(ExitStatus.USAGE, count + time + "--epsilon 1e99999", "epsilon");
        bad(ExitStatus.USAGE, count + time + "--alpha 2 --offset 5", "alpha");
        bad(ExitStatus.USAGE, count + time + "--alpha NaN --offset 5", "finite");
        bad(ExitStatus.INPUT, "query count HOME --as quinn --epsilon 1 --region DIR/point.json" + time, "Polygon");
        bad(
                ExitStatus.INPUT,
                "query count HOME --as quinn --epsilon 1 --region DIR/absent.json" + time,
                "no such file");
        bad(
                ExitStatus.INPUT,
                "query metrics HOME --as quinn --metric height --mode WALKING --bound 5 --epsilon 1" + time,
                "no such metric");
        bad(ExitStatus.REFUSED, count + time + "--epsilon 1 --price", "minimum cohort");
        bad(ExitStatus.REFUSED, count + time + "--epsilon 1", "minimum cohort");
        bad(
                ExitStatus.REFUSED,
                "query metrics HOME --as quinn --metric distance --mode WALKING --bound 5 --epsilon 1" + time,
                "minimum cohort");
    }

    @Test
    void services() throws IOException {
        good("cloud create sven HOME");
        String key = key("sven");
        Path bundle = Files.createDirectories(folder.resolve("slow"));
        Path program = Files.writeString(bundle.resolve("run"), "#!/bin/sh\necho begun\nsleep 60\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        assertThat(good("service digest DIR/slow --json").json().get("digest").asText())
                .startsWith("sha256:")
                .isNotEqualTo(good("service digest DIR/slow /app/run --json")
                        .json()
                        .get("digest")
                        .asText());
        bad(ExitStatus.INPUT, "service digest DIR/absent", "no such file");
        bad(ExitStatus.USAGE, "service publish Slow DIR/slow /app/run HOME", "small letters");
        bad(ExitStatus.INPUT, "service publish slow DIR/absent /app/run HOME", "no such file");
        assertThat(good("service publish slow DIR/slow /app/run HOME --json")
                        .json()
                        .get("version")
                        .asText())
                .isEqualTo("1");
        bad(ExitStatus.INPUT, "service publish slow DIR/slow /app/run HOME", "exists already");
        assertThat(good("service list HOME --json").json().findValuesAsText("name"))
                .contains("slow", "pipeline");
        assertThat(good("service list HOME --as sven").out()).contains("slow");

        bad(ExitStatus.USAGE, "grant create --service slow " + key, "--collections and --operations");
        bad(ExitStatus.REFUSED, "service launch slow " + key, "no grant lets slow 1 run");
        String grant = good("grant create --service slow --collections entries --operations count --json " + key)
                .json()
                .get("grant")
                .asText();
        Files.writeString(folder.resolve("list.json"), "[1]");
        bad(
                ExitStatus.INPUT,
                "service launch slow --input DIR/list.json --grant " + grant + " " + key,
                "no JSON object");
        JsonNode launched = good("service launch slow --json " + key).json();
        assertThat(launched.get("grantId").asText()).isEqualTo(grant);
        String launch = launched.get("id").asText();
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> good("service logs --json " + launch + " " + key)
                        .json()
                        .get("log")
                        .asText()
                        .equals("begun\n"));
        bad(ExitStatus.USAGE, "service logs --json --follow " + launch + " " + key, "--follow");
        bad(ExitStatus.NOT_FOUND, "service logs nolaunch " + key, "no such launch");
        assertThat(good("service pause " + launch + " " + key).out()).contains("paused");
        assertThat(good("service resume " + launch + " " + key).out()).contains("running");
        assertThat(good("service status " + key).out()).contains("RUNNING");
        assertThat(good("service stop " + launch + " " + key).out()).contains("launch " + launch);
        bad(ExitStatus.REFUSED, "service pause " + launch + " " + key, "conflict");
        assertThat(good("service status --json " + key).json()).hasSize(1);

        assertThat(good("service delete slow --version 1 HOME").out()).contains("out of the catalogue");
        assertThat(good("service list HOME").out()).doesNotContain("slow");
        bad(ExitStatus.NOT_FOUND, "service launch slow --grant " + grant + " " + key, "no such service");
        bad(ExitStatus.NOT_FOUND, "service delete slow --version 9 HOME", "no such service");
    }
}
