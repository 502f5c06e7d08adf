package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.placement.Outputs;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Fetches a file that a launch left, of any size, into a file of this machine. What arrived lies beside it as {@code FILE.TAG.part}, where the tag says
 * which file it is of, until it is whole: so what broke off goes on, and a part of another file is not mistaken for one of this.
 */
record OutputFetch(RouterClient router, String cloud, String launch, String name) {
    /** How often in a row nothing more arrives before it gives up. */
    private static final int TRIES = 3;

    /** @return bytes of the whole file */
    long to(Path out, Output output) throws IOException {
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString());
        }
        Outputs.OutputFile file = router.outputs(cloud, launch).stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandException(ExitStatus.NOT_FOUND, "the launch left no file of that name"));
        Path part = out.resolveSibling(out.getFileName() + "." + file.tag() + ".part");
        if (!Files.exists(part)) {
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        // Two that append would make a file of the right size that is neither's.
        try (FileChannel one = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock alone = one.tryLock();
                Progress progress = Progress.of(output, "Fetching", file.size())) {
            if (alone == null) {
                throw new CommandException(ExitStatus.UNAVAILABLE, "another command fetches it at this moment");
            }
            progress.step(Files.size(part));
            int idle = 0;
            while (Files.size(part) < file.size()) {
                long before = Files.size(part);
                try {
                    more(part, file, progress);
                    if (Files.size(part) == before) {
                        throw new EOFException("nothing more came");
                    }
                } catch (RouterException.Unavailable | IOException e) {
                    idle = Files.size(part) > before ? 0 : idle + 1;
                    if (idle == TRIES) {
                        throw new CommandException(
                                ExitStatus.UNAVAILABLE,
                                "it broke off after %d of %d bytes; the same command again goes on"
                                        .formatted(Files.size(part), file.size()),
                                e);
                    }
                }
            }
            Files.move(part, out);
        }
        return file.size();
    }

    private void more(Path part, Outputs.OutputFile file, Progress progress) throws IOException {
        long there = Files.size(part);
        RouterClient.Rest rest = router.output(cloud, launch, name, there, file.tag());
        try (InputStream in = rest.content();
                OutputStream out = Files.newOutputStream(part, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            if (rest.from() != there) {
                throw new CommandException(ExitStatus.UNAVAILABLE, "the file is another by now: fetch it anew");
            }
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                progress.step(n);
            }
        }
    }
}
