package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.app.docs.Shell;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion script in a real bash. */
class CompletionIT {
    @TempDir
    Path folder;

    private static String completed(String... words) {
        return "COMP_WORDS=(croft %s); COMP_CWORD=%d; COMPREPLY=(); _complete_croft 2>/dev/null; echo \"${COMPREPLY[@]}\"\n"
                .formatted(String.join(" ", words), words.length);
    }

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        Shell.Ran ran = new Shell(folder)
                .run("source <(./croft completion)\n"
                        + completed("clo")
                        + completed("cloud", "hib")
                        + completed("budget", "replay", "--pol")
                        + completed("budget", "replay", "--policy", "DPF"));
        assertThat(ran.output().lines().map(String::strip))
                .containsExactly("cloud", "hibernate", "--policy", "DPF_N DPF_T");
    }
}
