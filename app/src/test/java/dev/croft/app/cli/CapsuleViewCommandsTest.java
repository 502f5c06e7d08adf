package dev.croft.app.cli;

import static dev.croft.app.cli.CroftTest.croft;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleViewCommandsTest {
    @TempDir
    Path temp;

    private String key;
    private String capsule;

    @BeforeEach
    void create() {
        key = temp.resolve("ada.key").toString();
        capsule = temp.resolve("c").toString();
        done("key", key);
        done("create", capsule, "--key", key);
    }

    private static CroftTest.Run run(String... args) {
        List<String> all = new ArrayList<>(List.of("capsule"));
        all.addAll(Arrays.asList(args));
        return croft(all.toArray(String[]::new));
    }

    private static String done(String... args) {
        CroftTest.Run run = run(args);
        assertThat(run.status()).as(run.err()).isZero();
        return run.out().strip();
    }

    private static JsonNode json(String... args) throws IOException {
        return new ObjectMapper().readTree(done(args));
    }

    @Test
    void keysHaveValuesNowAndAsOfAnySizeOrTime() throws IOException {
        done("kv", "put", capsule, "a", "one", "--key", key);
        Instant then = Instant.now();
        done("kv", "put", capsule, "a", "two", "--key", key);
        Path file = Files.write(temp.resolve("bytes"), new byte[] {0, (byte) 0xff});
        done("kv", "put", capsule, "b", "--file", file.toString(), "--key", key);
        assertThat(done("kv", "get", capsule, "a", "--key", key)).isEqualTo("two");
        assertThat(done("kv", "get", capsule, "a", "--key", key, "--at", "1")).isEqualTo("one");
        assertThat(done("kv", "get", capsule, "a", "--key", key, "--at", then.toString()))
                .isEqualTo("one");
        assertThat(done("kv", "scan", capsule, "--key", key, "--to", "b")).isEqualTo("key  value\na    two");
        JsonNode all = json("kv", "scan", capsule, "--key", key, "--json");
        assertThat(all.get(0).get("value").asText()).isEqualTo("two");
        assertThat(all.get(1).has("value")).isFalse();
        assertThat(all.get(1).get("base64").asText()).isEqualTo("AP8=");
        done("kv", "delete", capsule, "a", "b", "--key", key);
        assertThat(run("kv", "get", capsule, "a", "--key", key).status()).isEqualTo(ExitStatus.NOT_FOUND.code());
        assertThat(run("kv", "get", capsule, "a", "--key", key, "--at", "99").status())
                .isEqualTo(ExitStatus.NOT_FOUND.code());
        assertThat(run("kv", "get", capsule, "a", "--key", key, "--at", "yesterday")
                        .status())
                .isEqualTo(ExitStatus.USAGE.code());
        assertThat(run("kv", "put", capsule, "a", "--key", key).status()).isEqualTo(ExitStatus.USAGE.code());
        assertThat(run("kv", "put", capsule, "", "x", "--key", key).status()).isEqualTo(ExitStatus.USAGE.code());
    }

    @Test
    void sqlRunsWhereTheWriterIsAndReadsOnAnyCopyNowAndThen() throws IOException {
        Path script = Files.writeString(
                temp.resolve("s"),
                "create table t(a, b); insert into t values(1, 'x'); insert into t values(2, null);");
        done("sql", capsule, "--key", key, "--write", "--script", script.toString());
        Instant then = Instant.now();
        long size = json(
                        "sql",
                        capsule,
                        "--key",
                        key,
                        "--write",
                        "--json",
                        "insert into t values(3, x'00ff') returning a",
                        "delete from t where a = 1")
                .get("records")
                .asLong();
        JsonNode now = json("sql", capsule, "--key", key, "--json", "select * from t order by a");
        assertThat(now.get("records").asLong()).isEqualTo(size);
        assertThat(now.get("results").get(0).get("rows").toString()).isEqualTo("[[2,null],[3,\"AP8=\"]]");
        assertThat(done("sql", capsule, "--key", key, "--at", then.toString(), "select count(*) as n from t"))
                .isEqualTo("n\n2");
        assertThat(done("sql", capsule, "--key", key, "--at", "1", "select b from t where a = 1"))
                .isEqualTo("b\nx");
        assertThat(run("sql", capsule, "--key", key, "insert into t values(4, 4)")
                        .status())
                .isEqualTo(ExitStatus.INPUT.code());
        assertThat(run("sql", capsule, "--key", key, "--write", "insert into t values(4, 4)", "no sql")
                        .status())
                .isEqualTo(ExitStatus.INPUT.code());
        assertThat(done("sql", capsule, "--key", key, "select count(*) from t")).endsWith("2");
        assertThat(run("sql", capsule, "--key", key, "--write", "--at", "1", "select 1")
                        .status())
                .isEqualTo(ExitStatus.USAGE.code());
        assertThat(run("sql", capsule, "--key", key).status()).isEqualTo(ExitStatus.USAGE.code());
    }

    @Test
    void filesGoInAndOutWithoutAMount() throws IOException {
        Path file = Files.writeString(temp.resolve("f"), "first");
        done("files", "put", capsule, file.toString(), "a/b/f", "--key", key);
        Instant then = Instant.now();
        Files.writeString(file, "other");
        done("files", "put", capsule, file.toString(), "a/b/f", "--key", key);
        done("files", "move", capsule, "a/b/f", "g", "--key", key);
        assertThat(json("files", "list", capsule, "--key", key, "--json").findValuesAsText("path"))
                .containsExactly("/a", "/a/b", "/g");
        String out = temp.resolve("out").toString();
        done("files", "get", capsule, "a/b/f", out, "--key", key, "--at", then.toString());
        assertThat(temp.resolve("out")).hasContent("first");
        done("files", "get", capsule, "g", out + "2", "--key", key);
        assertThat(temp.resolve("out2")).hasContent("other");
        done("files", "delete", capsule, "g", "--key", key);
        assertThat(run("files", "get", capsule, "g", "--key", key).status()).isEqualTo(ExitStatus.NOT_FOUND.code());
        assertThat(run("files", "delete", capsule, "a", "--key", key).status()).isEqualTo(ExitStatus.INPUT.code());
        assertThat(run("mount", capsule, temp.resolve("none").toString(), "--key", key)
                        .status())
                .isEqualTo(ExitStatus.INPUT.code());
        assertThat(run("mount", capsule, temp.toString(), "--key", key, "--write", "--at", "1")
                        .status())
                .isEqualTo(ExitStatus.USAGE.code());
    }
}
