package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleTest {
    @TempDir
    Path dir;

    @Test
    void theManifestIsTheOneDocumented() throws IOException {
        Path bundle = Files.createDirectories(dir.resolve("b"));
        Files.createDirectories(bundle.resolve("lib/empty"));
        Files.writeString(bundle.resolve("lib/x.txt"), "abc");
        Files.writeString(bundle.resolve("run"), "");
        Files.setPosixFilePermissions(bundle.resolve("run"), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(bundle.resolve("lib/x.txt"), PosixFilePermissions.fromString("rw-rw-r--"));

        String expected = """
                croft-bundle-v1
                644 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad lib/x.txt
                755 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 run
                """;
        assertThat(new String(Bundle.manifest(bundle), StandardCharsets.UTF_8)).isEqualTo(expected);
        assertThat(Bundle.digest(bundle)).isEqualTo(Digest.of(expected.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theDigestCoversNamesModesAndContentsButNotTimes() throws IOException {
        Path bundle = Files.createDirectories(dir.resolve("b"));
        Path file = Files.writeString(bundle.resolve("a"), "1");
        Digest before = Bundle.digest(bundle);

        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(Bundle.digest(bundle)).isEqualTo(before);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        Digest executable = Bundle.digest(bundle);
        Files.writeString(file, "2");
        Digest changed = Bundle.digest(bundle);
        Files.move(file, bundle.resolve("b"));
        Digest renamed = Bundle.digest(bundle);
        Files.writeString(bundle.resolve("c"), "");
        assertThat(new Digest[] {before, executable, changed, renamed, Bundle.digest(bundle)})
                .doesNotHaveDuplicates();
    }

    @Test
    void linksAndPipesAreRefused() throws IOException, InterruptedException {
        Path bundle = Files.createDirectories(dir.resolve("b"));
        Files.writeString(bundle.resolve("a"), "1");
        Path link = Files.createSymbolicLink(bundle.resolve("link"), Path.of("/etc/passwd"));
        assertThatThrownBy(() -> Bundle.digest(bundle)).isInstanceOf(WorkloadException.BadBundle.class);
        Files.delete(link);

        Files.createSymbolicLink(bundle.resolve("dir"), dir);
        assertThatThrownBy(() -> Bundle.digest(bundle)).isInstanceOf(WorkloadException.BadBundle.class);
        Files.delete(bundle.resolve("dir"));

        assertThatThrownBy(() -> Bundle.digest(Files.createSymbolicLink(dir.resolve("to-b"), bundle)))
                .isInstanceOf(WorkloadException.BadBundle.class);

        new ProcessBuilder("mkfifo", bundle.resolve("pipe").toString()).start().waitFor();
        assertThatThrownBy(() -> Bundle.digest(bundle)).isInstanceOf(WorkloadException.BadBundle.class);
    }

    @Test
    void aNameThatCouldForgeALineIsRefused() throws IOException {
        Path bundle = Files.createDirectories(dir.resolve("b"));
        Files.writeString(bundle.resolve("x\n644 0 00 y"), "1");
        assertThatThrownBy(() -> Bundle.digest(bundle)).isInstanceOf(WorkloadException.BadBundle.class);
    }

    @Test
    void aCopyHasTheDigestOfItsSourceAndCannotBeWritten() throws IOException {
        Path bundle = Files.createDirectories(dir.resolve("b/sub"));
        Files.writeString(bundle.resolve("a"), "1");
        Path copy = dir.resolve("copy");
        Digest digest = Bundle.copy(dir.resolve("b"), copy);
        assertThat(digest).isEqualTo(Bundle.digest(dir.resolve("b"))).isEqualTo(Bundle.digest(copy));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("sub/a"))))
                .isEqualTo("r--r--r--");
    }
}
