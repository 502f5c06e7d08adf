package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportFolderTest {
    private final OwnerKey key = OwnerKey.generate();

    @TempDir
    Path directory;

    private ExportFolder.Writer writer(Path folder, String... collections) throws IOException {
        var writer = new ExportFolder.Writer(folder, key.cloudId());
        for (String collection : collections) {
            writer.file("collections/" + collection + ".jsonl", out -> {
                out.write('{');
                out.write('}');
                return 1;
            });
        }
        writer.file(ExportFolder.BUDGET, _ -> 0);
        return writer;
    }

    @Test
    void whatIsGoneSinceAnEarlierExportIsGoneFromTheFolder() throws IOException {
        Path folder = directory.resolve("export");
        writer(folder, "kept", "secret").sign(key);
        Files.writeString(folder.resolve("collections/cut.jsonl.part"), "{}");
        Files.writeString(folder.resolve("README"), "mine");
        writer(folder, "kept").sign(key);
        assertThat(folder.resolve("collections")).isDirectoryContaining("glob:**/kept.jsonl");
        assertThat(folder.resolve("collections").toFile().list()).containsExactly("kept.jsonl");
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder("collections", "budget.json", "manifest.json", "manifest.sig", "README");
        assertThat(ExportFolder.checked(folder).files()).hasSize(2);
    }

    @Test
    void anExportThatBrokeOffIsBegunAgainAndNothingElseIsWrittenInto() throws IOException {
        Path folder = directory.resolve("export");
        writer(folder, "a", "b");
        writer(folder, "a").sign(key);
        assertThat(folder.resolve("collections").toFile().list()).containsExactly("a.jsonl");

        assertThatThrownBy(() ->
                        new ExportFolder.Writer(folder, OwnerKey.generate().cloudId()))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("is not empty");
        assertThat(ExportFolder.checked(folder).files()).as("left as it was").hasSize(2);
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve("thesis.tex"), "mine");
        assertThatThrownBy(() -> writer(other)).isInstanceOf(CommandException.class);
        assertThat(other.toFile().list()).containsExactly("thesis.tex");
    }
}
