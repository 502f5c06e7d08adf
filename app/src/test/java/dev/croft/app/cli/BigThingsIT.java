package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.Main;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is larger than any heap that it passes through: a router of 96 MiB, a private cloud in a process of its own of 384 MiB, commands of
 * 64 MiB. {@code -Dcroft.big=N} makes them N MiB instead of a few.
 */
class BigThingsIT {
    private static final int MIB = Integer.getInteger("croft.big", 4);

    @TempDir
    Path folder;

    private @Nullable Process up;

    private List<String> java(int heap, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--home", folder.resolve("home").toString()));
        return command;
    }

    @BeforeEach
    void serve() throws IOException {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(java(96, "up", "--port", "0"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        up = process;
        await().atMost(Duration.ofMinutes(2)).until(() -> {
            assertThat(process.isAlive()).as("%s", Files.readString(log)).isTrue();
            return Files.exists(folder.resolve("home/server.url"))
                    && Files.readString(log).contains("Serving");
        });
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (up != null) {
            up.destroy();
            if (!up.waitFor(60, TimeUnit.SECONDS)) {
                up.destroyForcibly();
            }
        }
    }

    private record Run(int status, String out) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    private Run croft(String line) throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(java(64, line.split(" ")))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        int status = process.waitFor();
        assertThat(Files.readString(err)).as(line).doesNotContain("OutOfMemory");
        return new Run(status, Files.readString(out) + (status == 0 ? "" : Files.readString(err)));
    }

    private Run good(String line) throws Exception {
        Run run = croft(line);
        assertThat(run.status()).as(line + ": " + run.out()).isZero();
        return run;
    }

    /** Entries of a phone that never stands still, as JSON lines. */
    private long entries(Path file, long bytes) throws IOException {
        long written = 0;
        long count = 0;
        try (var out =
                new BufferedWriter(new OutputStreamWriter(Files.newOutputStream(file), StandardCharsets.UTF_8))) {
            while (written < bytes) {
                double ts = 1_400_000_000.0 + count * 30;
                String line = """
                        {"metadata": {"key": "background/location", "platform": "android", "type": "sensor-data", "write_ts": %.1f, \
                        "time_zone": "America/Los_Angeles", "read_ts": 0}, "data": {"latitude": %.6f, "longitude": -122.25, "ts": %.1f, \
                        "fmt_time": "2014", "accuracy": 12.5, "altitude": 31.0, "bearing": 0.0, "sensed_speed": 1.25, "elapsedRealtimeNanos": %d, \
                        "filter": "time"}}
                        """.formatted(ts, 37 + count % 10_000 / 1e4, ts, count);
                out.write(line);
                written += line.length();
                count++;
            }
        }
        return count;
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void anUploadLargerThanEachHeapOnItsWayIsSentInPartsAndTakenOnce() throws Exception {
        String key = " --key " + folder.resolve("home/keys/ana.key");
        good("cloud create ana --own-process");
        Path file = folder.resolve("entries.json");
        long count = entries(file, (long) MIB << 20);
        String upload = "data upload " + file + " --part-size " + (MIB > 100 ? 16 : 1) + " --json" + key;
        JsonNode report = good(upload).json().get(file.toString());
        assertThat(report.get("taken").asLong()).isEqualTo(count);
        assertThat(report.get("refused").asLong()).isZero();
        JsonNode again = good(upload).json().get(file.toString());
        assertThat(again.get("taken").asLong()).isZero();
        assertThat(again.get("alreadyThere").asLong()).isEqualTo(count);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void anOutputLargerThanEachHeapOnItsWayIsFetchedAndGoesOnWhereItBrokeOff() throws Exception {
        int mib = MIB * 2;
        Path bundle = Files.createDirectories(folder.resolve("bundle"));
        Path script = Files.writeString(bundle.resolve("run"), """
                #!/bin/sh
                i=0
                while [ $i -lt %d ]; do
                  printf '%%1048576d' $i
                  i=$((i + 1))
                done > /croft/output/large
                """.formatted(mib));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        String key = " --key " + folder.resolve("home/keys/ana.key");
        good("cloud create ana");
        good("service publish large " + bundle + " /app/run --output-mib " + (mib + 1));
        good("grant create --service large --operations find --collections entries" + key);
        String launch = good("service launch large --wait --json" + key)
                .json()
                .get("id")
                .asText();
        assertThat(good("service output " + launch + key).out()).contains("large", Long.toString((long) mib << 20));

        Path out = folder.resolve("large");
        good("service output " + launch + " large --out " + out + key);
        assertThat(Files.size(out)).isEqualTo((long) mib << 20);
        checked(out, mib);

        // As if it had broken off, a byte into a piece: what is there is kept, and only the rest comes.
        String tag = good("service output " + launch + " --json" + key)
                .json()
                .get(0)
                .get("modified")
                .asText();
        Path part = folder.resolve(
                "again." + ((long) mib << 20) + "-" + Instant.parse(tag).toEpochMilli() + ".part");
        Files.move(out, part);
        try (FileChannel cut = FileChannel.open(part, StandardOpenOption.WRITE)) {
            cut.truncate((long) mib / 2 * (1 << 20) + 1);
        }
        good("service output " + launch + " large --out " + folder.resolve("again") + key);
        checked(folder.resolve("again"), mib);
        assertThat(part).doesNotExist();
        assertThat(croft("service output " + launch + " large --out " + folder.resolve("again") + key)
                        .status())
                .isEqualTo(ExitStatus.INPUT.code());
    }

    private static void checked(Path file, int mib) throws IOException {
        byte[] number = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int i = 0; i < mib; i++) {
                assertThat(in.readNBytes(number, 0, number.length)).isEqualTo(number.length);
                assertThat(new String(number, StandardCharsets.US_ASCII).strip())
                        .isEqualTo(Integer.toString(i));
            }
            assertThat(in.read()).isNegative();
        }
    }
}
