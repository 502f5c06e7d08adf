package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export may come from anybody, with a manifest that they signed. */
class ExportFolderTest {
    @TempDir
    Path directory;

    private Path export(String... names) throws IOException {
        Path folder = directory.resolve(Integer.toString(List.of(names).hashCode()));
        var writer = new ExportFolder.Writer(folder);
        for (String name : names) {
            writer.file(name, out -> {
                out.write("{}\n".getBytes(StandardCharsets.UTF_8));
                return 1;
            });
        }
        writer.sign(OwnerKey.generate());
        return folder;
    }

    private static void refused(Path folder) {
        assertThatThrownBy(() -> ExportFolder.checked(folder)).isInstanceOf(CommandException.class);
    }

    @Test
    void onlyFilesThatAnExportHasAreTakenAndNothingWithoutItsBudget() throws IOException {
        assertThat(ExportFolder.checked(export("collections/entries.jsonl", "budget.json"))
                        .files())
                .hasSize(2);
        refused(export("collections/entries.jsonl"));
        refused(export("collections/entries", "budget.json"));
        refused(export("collections/..jsonl", "budget.json"));
        refused(export("budget.json", "manifest.sig"));
        Path outside = Files.writeString(directory.resolve("outside"), "{}\n");
        Path linked = export("collections/entries.jsonl", "budget.json", "audit.jsonl");
        Files.delete(linked.resolve("collections/entries.jsonl"));
        Files.createSymbolicLink(linked.resolve("collections/entries.jsonl"), outside);
        refused(linked);
    }

    @Test
    void aManifestWithoutItsPartsIsRefused() throws IOException {
        Path folder = export("collections/entries.jsonl", "budget.json");
        for (String manifest : List.of(
                "{}",
                "{\"format\": \"croft-export v1\"}",
                "{\"format\": \"croft-export v1\", \"cloud\": \"a\", \"ownerKey\": \"YQ\", \"files\": [null]}")) {
            Files.writeString(folder.resolve("manifest.json"), manifest);
            refused(folder);
        }
    }
}
