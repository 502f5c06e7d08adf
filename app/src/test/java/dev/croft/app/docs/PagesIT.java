package dev.croft.app.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Types the commands of the README and of every page in {@code docs} into a shell, each page in a fresh home, and compares what it shows. */
class PagesIT {
    /** What cannot be run here, in all pages together. */
    private static final int MOST_NOT_RUN = 3;

    @TempDir
    Path folder;

    static List<Page> pages() throws IOException {
        List<Page> pages = new ArrayList<>();
        try (Stream<Path> docs = Files.list(Shell.root().resolve("docs"))) {
            for (Path file : Stream.concat(Stream.of(Shell.root().resolve("README.md")), docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                pages.add(Page.read(file));
            }
        }
        return pages;
    }

    static Stream<Page> pagesWithCommands() throws IOException {
        return pages().stream().filter(page -> !page.blocks().isEmpty());
    }

    @Test
    void fewBlocksAreNotRunByAnyTestAndEachSaysWhy() throws IOException {
        List<String> reasons =
                pages().stream().flatMap(page -> page.notRun().stream()).toList();
        assertThat(reasons).allMatch(reason -> reason.length() > 10);
        Set<String> tests = tests();
        assertThat(reasons.stream()
                        .filter(reason -> Stream.of(reason.split("\\W+")).noneMatch(tests::contains)))
                .hasSizeLessThanOrEqualTo(MOST_NOT_RUN);
    }

    /** The names of the classes in the rooms' tests: what a page cannot run here, it may name the test of. */
    private static Set<String> tests() throws IOException {
        Set<String> names = new HashSet<>();
        for (String room : List.of("runtime", "operator", "app")) {
            try (Stream<Path> files = Files.walk(Shell.root().resolve(room + "/src/test/java"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith("IT.java") || name.endsWith("Suite.java"))
                        .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        return names;
    }

    @Timeout(600)
    @ParameterizedTest(name = "{0}")
    @MethodSource("pagesWithCommands")
    void doesWhatItSays(Page page) throws Exception {
        Shell shell = new Shell(folder);
        for (String part : List.of("examples", "capsule", "docs")) {
            Files.createSymbolicLink(folder.resolve(part), Shell.root().resolve(part));
        }
        Path script = Files.writeString(folder.resolve(".session"), page.script());
        Shell.Ran ran = shell.run("source " + script + " 2>&1");
        assertThat(ran.output()).as(page.name()).contains("@@end").doesNotContain("@@failed");
        String[] outputs = ran.output().split("@@block \\d+\n|@@end\n");
        for (int i = 0; i < page.blocks().size(); i++) {
            Page.Block block = page.blocks().get(i);
            List<String> lines = outputs[i + 1].lines().toList();
            int at = 0;
            for (String shown : block.shown()) {
                while (at < lines.size() && !Page.shows(shown, lines.get(at))) {
                    at++;
                }
                assertThat(at)
                        .as(
                                "%s, line %d shows '%s', but printed is:\n%s",
                                page.name(), block.line(), shown, outputs[i + 1])
                        .isLessThan(lines.size());
                at++;
            }
        }
    }
}
