package dev.croft.runtime;

import dev.croft.runtime.image.ImageBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image of this machine's own shell and tools, with the libraries they load. */
public final class TestImage {
    private static final List<String> TOOLS = List.of(
            "bash", "cat", "curl", "env", "find", "head", "id", "ln", "ls", "mkdir", "mount", "rm", "seq", "sleep",
            "tail", "timeout", "touch", "tr", "unshare", "wc");
    private static final Pattern LIBRARY = Pattern.compile("(/[^ ]+) \\(0x");

    private static final Path BUSYBOX = Path.of("/bin/busybox");

    private TestImage() {}

    /** Whether a BusyBox without libraries is on this machine; the image has it then. */
    public static boolean hasBusybox() {
        return Files.isExecutable(BUSYBOX);
    }

    /** Writes the archive; the program's command is to be replaced. */
    public static Program.Image write(Path archive) throws IOException, InterruptedException {
        return write(archive, List.of());
    }

    /**
     * The same, with BusyBox in place of some tools.
     *
     * @param simple tools whose own programs ask more of the kernel than it has
     */
    public static Program.Image write(Path archive, List<String> simple) throws IOException, InterruptedException {
        Map<String, Path> files = new TreeMap<>();
        for (String tool : TOOLS) {
            Path file = Path.of("/usr/bin", tool);
            files.put("/bin/" + tool, file);
            Process ldd = new ProcessBuilder("ldd", file.toString()).start();
            Matcher library = LIBRARY.matcher(new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            while (library.find()) {
                files.put(library.group(1), Path.of(library.group(1)));
            }
            ldd.waitFor();
        }
        if (hasBusybox()) {
            files.put("/bin/busybox", BUSYBOX);
            simple.forEach(tool -> files.put("/bin/" + tool, BUSYBOX));
        }
        return new ImageBuilder("croft/test")
                .layer("program", files)
                .environment("PATH", "/bin")
                .command(List.of("/bin/bash"))
                .write(archive);
    }

    /** Runs a script with the image's shell. */
    public static Program.Image script(Program.Image image, String text) {
        return new Program.Image(image.reference(), image.digest(), List.of("/bin/bash", "-c", text));
    }

    /** Whether tests on this engine are asked for; those that are not are skipped and say so. */
    public static boolean wanted(String engine) {
        return Boolean.getBoolean("croft." + engine);
    }
}
