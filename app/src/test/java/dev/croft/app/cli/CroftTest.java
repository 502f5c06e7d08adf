package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CroftTest {
    private static final Set<Integer> STATUSES =
            Arrays.stream(ExitStatus.values()).map(ExitStatus::code).collect(Collectors.toSet());

    @TempDir
    static Path userHome;

    @TempDir
    Path folder;

    /** No test reads or writes the home of whoever runs it. */
    @BeforeAll
    static void elsewhere() {
        System.setProperty("user.home", userHome.toString());
    }

    /** Some garbage is a good name for a new file or folder, which stands where the tests run. */
    private static final List<Path> MADE = Stream.of(
                    "-1", "-1.pub", "NaN", "NaN.pub", "server.key", "../../../../nowhere")
            .map(Path::of)
            .filter(path -> !Files.exists(path))
            .toList();

    @AfterAll
    static void cleanUp() throws IOException {
        for (Path path : MADE) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> inside = Files.walk(path)) {
                    for (Path each : inside.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(each);
                    }
                }
            }
            Files.deleteIfExists(path);
        }
    }

    record Run(int status, String out, String err) {}

    static Run croft(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), args);
        return new Run(status, out.toString(), err.toString());
    }

    static Stream<List<String>> everyCommand() {
        List<List<String>> commands = new ArrayList<>();
        collect(Croft.line(), List.of(), commands);
        return commands.stream();
    }

    private static void collect(CommandLine line, List<String> path, List<List<String>> into) {
        into.add(path);
        line.getSubcommands().forEach((name, sub) -> {
            if (!name.equals("help")) {
                List<String> longer = new ArrayList<>(path);
                longer.add(name);
                collect(sub, longer, into);
            }
        });
    }

    private static String[] with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyCommandHasHelpWithADescription(List<String> command) {
        Run run = croft(with(command, "--help"));
        assertThat(run.status()).isZero();
        assertThat(run.out()).startsWith("Usage: croft");
        assertThat(run.out().lines().count()).isGreaterThan(2);
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyCommandRefusesAnUnknownOptionInOneLineAndAHint(List<String> command) {
        Run run = croft(with(command, "--no-such-option-\u0007\n"));
        assertThat(run.status()).isEqualTo(ExitStatus.USAGE.code());
        assertThat(run.err().lines()).hasSize(2).first().asString().startsWith("croft: ");
        assertThat(run.err()).doesNotContain("\u0007");
    }

    /** Arguments that are no sensible value for anything. */
    private static String garbage(Random random, Path folder) {
        return switch (random.nextInt(9)) {
            case 0 -> "../../../../nowhere/passwd";
            case 1 -> "";
            case 2 -> "9".repeat(400);
            case 3 -> "-1";
            case 4 -> "NaN";
            case 5 -> "\u0000\u001b[2J\n";
            case 6 -> "{".repeat(2000);
            case 7 -> folder.resolve("random").toString();
            default -> folder.toString();
        };
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void garbageEndsInADocumentedStatusAndAtMostFewLines(List<String> command) throws IOException {
        if (STARTS_SOMETHING.contains(String.join(" ", command))) {
            return;
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = new byte[5000];
        random.nextBytes(bytes);
        Files.write(folder.resolve("random"), bytes);
        CommandLine line = Croft.line();
        for (String name : command) {
            line = Objects.requireNonNull(line.getSubcommands().get(name));
        }
        List<String> options = line.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .map(CommandLine.Model.OptionSpec::longestName)
                .toList();
        for (int round = 0; round < 12; round++) {
            List<String> args = new ArrayList<>(command);
            for (int i = random.nextInt(5); i > 0; i--) {
                if (!options.isEmpty() && random.nextBoolean()) {
                    args.add(options.get(random.nextInt(options.size())));
                }
                args.add(garbage(random, folder));
            }
            Run run = croft(args.toArray(String[]::new));
            assertThat(STATUSES).as("seed %d: %s", seed, args).contains(run.status());
            assertThat(run.status())
                    .as("seed %d: %s: %s", seed, args, run.err())
                    .isNotEqualTo(ExitStatus.INTERNAL.code());
            assertThat(run.err()).as("seed %d: %s", seed, args).doesNotContain("\tat ");
        }
    }

    /** Commands that would start servers or long computations rather than fail. */
    private static final Set<String> STARTS_SOMETHING = Set.of(
            "demo",
            "up",
            "bench",
            "data generate",
            "budget reproduce",
            "operator run",
            "capsule serve",
            "capsule follow");

    @Test
    void thePaperIsReproducedIntoAFolder() throws IOException {
        Path made = folder.resolve("paper");
        Run run = croft("budget", "reproduce", "--out", made.toString());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("multi-block").contains("DPF-N");
        assertThat(made.resolve("table.csv")).isNotEmptyFile();
        assertThat(made.resolve("multi-block.svg")).content().startsWith("<svg");
        assertThat(croft("budget", "reproduce").status()).isEqualTo(ExitStatus.USAGE.code());
    }

    @Test
    void generatedDataIsReadBackWhole() throws IOException {
        Path data = folder.resolve("data");
        Run made = croft("data", "generate", "--people", "2", "--days", "1", "--out", data.toString(), "--json");
        assertThat(made.status()).isZero();
        assertThat(new ObjectMapper().readTree(made.out()).size()).isEqualTo(2);
        Run checked = croft(
                "data",
                "check",
                data.resolve("person-1.json.gz").toString(),
                data.resolve("person-01.json.gz").toString());
        assertThat(checked.status()).isEqualTo(ExitStatus.INPUT.code());
        checked = croft("data", "check", data.resolve("person-01.json.gz").toString());
        assertThat(checked.status()).isZero();
        assertThat(checked.out()).contains("0 refused").contains("background/filtered_location");
    }

    @Test
    void replayNeedsTheParameterOfItsPolicyUnlessTheFolderRecordsIt() throws IOException {
        Path recorded = folder.resolve("privatekube");
        Workloads.privateKube(recorded, 10);
        for (String arguments : List.of(
                "DPF_N",
                "DPF_T",
                "RR_N",
                "RR_T",
                "DPACK",
                "DPF_N --t 5",
                "RR_T --n 5",
                "DPF_N --n NaN",
                "DPF_N --n -1",
                "DPF_N --n 0.5",
                "DPF_T --t 0",
                "DPF_T --t Infinity",
                "DPF_T --t 5 --n 5",
                "FCFS --n NaN")) {
            Run run = croft(("budget replay " + recorded + " --policy " + arguments).split(" "));
            assertThat(run.status()).as(arguments).isEqualTo(ExitStatus.USAGE.code());
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).startsWith("croft: ").doesNotContain("Exception");
        }
        for (String arguments :
                List.of("FCFS", "DPF_N --n 5", "DPF_T --t 5", "RR_N --n 5", "RR_T --t 5", "DPACK --t 5")) {
            Run run = croft(("budget replay " + recorded + " --policy " + arguments).split(" "));
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out().lines()).hasSize(11);
        }
        Path batches = folder.resolve("dpack");
        Workloads.dpack(batches);
        for (String policy : List.of("FCFS", "DPF_N", "DPACK", "DPF_N --n 5", "DPACK --t 5")) {
            Run run = croft(("budget replay " + batches + " --policy " + policy).split(" "));
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out().lines()).hasSize(3);
        }
        for (String arguments : List.of("DPF_N --n 2.5", "DPACK --t -5", "DPF_N --n -5")) {
            Run run = croft(("budget replay " + batches + " --policy " + arguments).split(" "));
            assertThat(run.status()).as(arguments).isEqualTo(ExitStatus.USAGE.code());
        }
    }

    @Test
    void whatIsNoNameOnAClusterIsRefusedBeforeTheClusterIsAsked() {
        for (List<String> wrong : List.of(
                List.of(""),
                List.of("../router"),
                List.of("router", "--namespace", ""),
                List.of("router", "--timeout-seconds", "-1"))) {
            List<String> arguments = new ArrayList<>(List.of("kubernetes", "retire"));
            arguments.addAll(wrong);
            assertThat(croft(arguments.toArray(String[]::new)).status())
                    .as("%s", arguments)
                    .isEqualTo(ExitStatus.USAGE.code());
        }
    }

    @Test
    void anEmptyPathIsNotTheFolderOneIsIn() {
        for (String command : List.of("kubernetes manifests", "kubernetes chart", "budget reproduce")) {
            Run run = croft(with(List.of(command.split(" ")), "--out", ""));
            assertThat(run.status()).as(command).isEqualTo(ExitStatus.USAGE.code());
            assertThat(run.err().lines()).hasSize(2).first().asString().contains("a path is empty");
        }
    }

    @Test
    void aFileOfNoiseIsOneLine() throws IOException {
        byte[] bytes = new byte[200_000];
        new Random(7).nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            // No byte order mark, which would end the reading at once.
            bytes[i] = bytes[i] == (byte) 0xEF ? 0 : bytes[i];
        }
        Path noise = Files.write(folder.resolve("noise"), bytes);
        Run run = croft("mobility", "run", noise.toString());
        assertThat(run.status()).isEqualTo(ExitStatus.INPUT.code());
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).containsPattern("no usable entry in the files: \\d+ refused \\(.*malformed \\d+");
        Run checked = croft("data", "check", noise.toString());
        assertThat(checked.status()).isEqualTo(ExitStatus.INPUT.code());
        assertThat(checked.out().lines().count()).isBetween(2L, 5L);
        assertThat(checked.out().replace("\n", "")).doesNotContainPattern("\\p{Cntrl}");
        Run converted = croft("data", "convert", noise.toString());
        assertThat(converted.status()).isEqualTo(ExitStatus.INPUT.code());
        assertThat(converted.err().lines().count()).isBetween(2L, 5L);
    }

    @Test
    void filesWithoutAnyEntryThatThePipelineReadsAreNoInput() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.json"), "[]");
        Path others = Files.writeString(
                folder.resolve("others.json"),
                "[{\"data\":{\"ts\":1},\"metadata\":{\"key\":\"other/thing\",\"write_ts\":1}}]");
        for (Path file : List.of(empty, others)) {
            for (String form : List.of("--json", "--points")) {
                Run run = croft("mobility", "run", form, file.toString());
                assertThat(run.status()).isEqualTo(ExitStatus.INPUT.code());
                assertThat(run.out()).isEmpty();
                assertThat(run.err().lines()).hasSize(1);
            }
        }
    }

    @Test
    void aMissingFileIsOneLine() {
        Run run = croft("data", "check", folder.resolve("nope").toString());
        assertThat(run.status()).isEqualTo(ExitStatus.INPUT.code());
        assertThat(run.err().lines()).hasSize(1).first().asString().contains("no such file");
    }

    @Test
    void theCompletionScriptNamesTheCommands() {
        assertThat(croft("completion").out()).contains("data").contains("complete");
        assertThat(croft("completion", "--json").out()).startsWith("{").contains("\"script\"");
    }
}
