package dev.croft.app.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A page of the documents as a session in a shell. Blocks fenced with {@code sh} are typed one after the other; a block fenced with
 * {@code text} right behind is some of the lines that they print, in order, where {@code …} stands for anything. A command that ends
 * otherwise than with 0 says so behind it: {@code # exit status 4}. A block below a comment {@code <!-- not run: why -->} is not run; one
 * below {@code <!-- run where PATH and PATH are: why -->} only on a machine that has these files.
 *
 * @param name the file's name
 */
record Page(String name, List<Block> blocks, List<String> notRun) {
    private static final Pattern FENCE = Pattern.compile(
            "(?ms)^(<!-- not run: ([^\n]*) -->\n+)?(?:<!-- run where ([^\n:]*) (?:is|are): [^\n]* -->\n+)?^```(sh|text)\n(.*?)^```$");
    private static final Pattern STATUS = Pattern.compile("^(.*?)\\s+# exit status (\\d+)$");

    /**
     * Commands and what they print.
     *
     * @param line where it stands in the file
     */
    record Block(int line, String commands, List<String> shown) {}

    @Override
    public String toString() {
        return name;
    }

    static Page read(Path file) throws IOException {
        String text = Files.readString(file);
        List<Block> blocks = new ArrayList<>();
        List<String> notRun = new ArrayList<>();
        Matcher fence = FENCE.matcher(text);
        int end = -1;
        while (fence.find()) {
            int line = (int) text.substring(0, fence.start(5)).lines().count() + 1;
            if (fence.group(4).equals("sh")) {
                if (!present(fence.group(3))) {
                    System.err.println(file.getFileName() + ", line " + line + ": not run, as there is no "
                            + fence.group(3) + " here");
                    end = -1;
                } else if (fence.group(1) == null) {
                    blocks.add(new Block(line, fence.group(5), List.of()));
                    end = fence.end();
                } else {
                    notRun.add(fence.group(2));
                    end = -1;
                }
            } else if (end >= 0 && text.substring(end, fence.start()).isBlank()) {
                Block before = blocks.removeLast();
                blocks.add(new Block(
                        before.line(), before.commands(), fence.group(5).lines().toList()));
                end = -1;
            }
        }
        return new Page(file.getFileName().toString(), blocks, notRun);
    }

    private static boolean present(@Nullable String files) {
        return files == null || Stream.of(files.split(" and ")).allMatch(file -> Files.exists(Path.of(file)));
    }

    /** The session as one script: it says before each block which one it is, and after it whether all of it went as the page says. */
    String script() {
        StringBuilder script = new StringBuilder("""
                # As at a terminal, but for what is told of the ends of commands.
                trap 'echo "@@failed line $LINENO: $BASH_COMMAND: exit status $?"' ERR
                set -E
                """);
        for (int i = 0; i < blocks.size(); i++) {
            script.append("echo '@@block ").append(i).append("'\n");
            for (String line : blocks.get(i).commands().split("\n")) {
                Matcher status = STATUS.matcher(line);
                if (line.startsWith("./croft up &")) {
                    script.append("""
                            ./croft up --port 0 >up.log 2>&1 &
                            UP=$!
                            until grep -q Serving up.log; do kill -0 $UP || break; sleep 0.1; done
                            """);
                } else if (status.matches()) {
                    script.append("{ ")
                            .append(status.group(1))
                            .append("; } && ENDED=0 || ENDED=$?\n[ $ENDED = ")
                            .append(status.group(2))
                            .append(" ] || echo \"@@failed: exit status $ENDED, not ")
                            .append(status.group(2))
                            .append("\"\n");
                } else {
                    script.append(line).append('\n');
                }
            }
        }
        script.append("echo '@@end'\n");
        // What a page leaves running would keep the session's output open.
        script.append("trap - ERR\nfor JOB in $(jobs -p); do kill $JOB; done\nwait\n");
        return script.append("exit 0\n").toString();
    }

    /** Whether a printed line begins as the page shows it, whatever the white space. */
    static boolean shows(String shown, String printed) {
        String line = spaced(printed);
        int at = 0;
        String[] parts = shown.split("…", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = spaced(parts[i]);
            int found = line.indexOf(part, at);
            if (found < 0 || i == 0 && found > 0) {
                return false;
            }
            at = found + part.length();
        }
        return true;
    }

    private static String spaced(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
