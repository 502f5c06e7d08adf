package dev.croft.capsule.mount;

import static dev.croft.capsule.mount.Mounted.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ordinary programs on real mounts. */
class MountIT {
    @TempDir
    Path temp;

    private Path directory;
    private Path folder;

    @BeforeEach
    void create() throws Exception {
        assumeTrue(Mount.available(), FuseDevice.MISSING);
        directory = temp.resolve("c");
        folder = Files.createDirectory(temp.resolve("m"));
        Mounted.create(directory);
        byte[] big = new byte[5_000_000];
        new SplittableRandom(1).nextBytes(big);
        Files.write(temp.resolve("big"), big);
    }

    private long size() {
        try (CapsuleReader reader = Mounted.reader(directory)) {
            return reader.size();
        }
    }

    @Test
    void ordinaryProgramsReadAndWriteAsOnADisk() throws Exception {
        try (Mounted _ = Mounted.start(directory, folder, "write")) {
            shell(folder, "mkdir -p a/b; echo hello > a/b/greeting; cp ../big copy; cmp ../big copy; mv copy a/moved");
            assertThat(shell(folder, "cat a/b/greeting; ls a; stat -c %s a/moved; sha256sum < a/moved"))
                    .isEqualTo("hello\nb\nmoved\n5000000\n" + shell(temp, "sha256sum < big"));
            shell(folder, "truncate -s 1000 a/moved; truncate -s 3000 a/moved; cp ../big x; truncate -s 3000 x");
            assertThat(shell(folder, "head -c 1000 ../big | cmp - a/moved 2>&1 || true"))
                    .contains("EOF on -");
            assertThat(shell(folder, "tail -c 2000 a/moved | tr -d '\\0' | wc -c"))
                    .isEqualTo("0");
            // Rename over a file, in the middle of another, appending, and names of any characters.
            shell(folder, "echo one > n1; echo two > n2; mv n2 n1; test \"$(cat n1)\" = two; test ! -e n2");
            shell(folder, "printf X | dd of=x bs=1 seek=500 conv=notrunc status=none; echo more >> n1");
            assertThat(shell(folder, "cat n1; dd if=x bs=1 skip=500 count=1 status=none"))
                    .isEqualTo("two\nmore\nX");
            shell(folder, "echo 1 > 'Ein schöner Name'; rm 'Ein schöner Name'; touch -d '2001-02-03 04:05:06 UTC' n1");
            assertThat(shell(folder, "TZ=UTC stat -c %y n1")).startsWith("2001-02-03 04:05:06.000000000");
            shell(
                    folder,
                    "cp -rp a a2; diff -r a a2; tar cf t.tar a; mkdir u; tar xf t.tar -C u; diff -r a u/a; rm -r u a2");
            // A file that has lost its name stays for who has it open.
            shell(
                    folder,
                    "exec 3<> held; echo kept >&3; rm held; test ! -e held; test \"$(cat < /proc/self/fd/3)\" = kept");
            assertThatThrownBy(() -> shell(folder, "ln n1 link")).hasMessageContaining("Operation not permitted");
            assertThatThrownBy(() -> shell(folder, "rmdir a")).hasMessageContaining("not empty");
            assertThatThrownBy(() -> shell(folder, "mv a a/b/inside")).isInstanceOf(AssertionError.class);
            for (int i = 0; i < 2; i++) {
                shell(folder, "mkdir many; cd many; seq 1 500 | xargs touch; ls | wc -l; cd ..; rm -r many");
            }
        }
        assertThat(Mounted.mounted(folder)).isFalse();
        assertThat(CapsuleVerifier.verify(directory).intact()).isTrue();
        try (Mounted _ = Mounted.start(directory, folder, "read")) {
            assertThat(shell(folder, "cat n1; ls")).isEqualTo("two\nmore\na\nn1\nt.tar\nx");
            assertThatThrownBy(() -> shell(folder, "echo no > n1")).hasMessageContaining("Read-only");
        }
    }

    @Test
    void aDatabaseWorksOnIt() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/sqlite3")), "sqlite3 is not installed");
        try (Mounted _ = Mounted.start(directory, folder, "write")) {
            shell(folder, """
                    sqlite3 d.db "create table t(a integer primary key, b text); begin; with recursive n(i) as (values(1) union all select i+1 from n where i<2000) insert into t select i, hex(randomblob(50)) from n; commit;"
                    sqlite3 d.db "begin; delete from t; rollback; delete from t where a > 1500"
                    """);
            assertThat(shell(folder, "sqlite3 d.db 'pragma integrity_check; select count(*) from t'"))
                    .isEqualTo("ok\n1500");
        }
        try (Mounted _ = Mounted.start(directory, folder, "read")) {
            assertThat(shell(folder, "sqlite3 'file:d.db?immutable=1' 'pragma integrity_check'"))
                    .isEqualTo("ok");
        }
    }

    @Test
    void aPastStateStaysAndACopyFollows() throws Exception {
        long before;
        try (Mounted _ = Mounted.start(directory, folder, "write")) {
            shell(folder, "echo first > file; sync file");
            before = size();
            shell(folder, "echo second > file; mkdir later; sync file");
        }
        try (Mounted _ = Mounted.start(directory, folder, Long.toString(before))) {
            assertThat(shell(folder, "cat file; ls")).isEqualTo("first\nfile");
        }
        Path live = Files.createDirectory(temp.resolve("live"));
        try (Mounted _ = Mounted.start(directory, folder, "write");
                Mounted _ = Mounted.start(directory, live, "read")) {
            assertThat(shell(live, "cat file")).isEqualTo("second");
            shell(folder, "echo third > file; echo fresh > later/new; sync file");
            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThat(shell(live, "cat file later/new || true"))
                            .isEqualTo("third\nfresh"));
            shell(folder, "echo fourth >> file; rm later/new; sync file");
            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(
                            () -> assertThat(shell(live, "cat file; ls later")).isEqualTo("third\nfourth"));
        }
    }

    @Test
    void whatFsyncReturnedForIsThereAfterAKillAndTheFolderIsMountedAgain() throws Exception {
        int kills = Integer.getInteger("croft.kills", 2);
        SplittableRandom random = new SplittableRandom(Long.getLong("croft.seed", 7));
        int written = 0;
        for (int kill = 0; kill < kills; kill++) {
            int synced = written;
            Mounted mounted = Mounted.start(directory, folder, "write");
            for (int i = 0; i < 5; i++) {
                written++;
                shell(folder, "echo content-%d > f%d; sync f%d".formatted(written, written, written));
                synced = written;
            }
            Process writer = new ProcessBuilder("sh", "-c", "while :; do cp ../big lost || exit 0; mv lost found; done")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            for (int i = random.nextInt(20); i > 0; i--) {
                shell(folder, "ls > ../listed");
            }
            mounted.kill();
            writer.waitFor();
            try (Mounted _ = Mounted.start(directory, folder, "write")) {
                for (int i = 1; i <= synced; i++) {
                    assertThat(shell(folder, "cat f" + i)).isEqualTo("content-" + i);
                }
                shell(folder, "test ! -e found || cmp ../big found; rm -f lost found");
            }
            assertThat(Mounted.mounted(folder)).isFalse();
            assertThat(folder).isEmptyDirectory();
            assertThat(CapsuleVerifier.verify(directory).intact()).isTrue();
        }
    }
}
