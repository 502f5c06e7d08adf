package dev.croft.runtime.watch;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Lets another user, as whom a workload runs, at files of a router that is root. */
public final class Handover {
    private Handover() {}

    /**
     * Opens a door to a group: the permission manager, whose door it is, must be able to clear it away, so it stays its owner.
     *
     * @param group the number of the service's user
     */
    public static void door(Path door, int group) throws IOException {
        open(door, group, PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_EXECUTE);
        try (Stream<Path> children = Files.list(door)) {
            for (Path child : children.toList()) {
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    open(
                            child,
                            group,
                            PosixFilePermission.GROUP_READ,
                            PosixFilePermission.GROUP_WRITE,
                            PosixFilePermission.GROUP_EXECUTE);
                } else if (Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)) {
                    open(child, group, PosixFilePermission.GROUP_READ);
                } else if (!Files.isSymbolicLink(child)) {
                    open(child, group, PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE);
                }
            }
        }
    }

    private static void open(Path path, int group, PosixFilePermission... permissions) throws IOException {
        Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        Set<PosixFilePermission> all = EnumSet.copyOf(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        all.addAll(List.of(permissions));
        Files.setPosixFilePermissions(path, all);
    }

    /** Gives one file or directory to a user and its group. */
    public static void own(Path path, int user) throws IOException {
        Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", user, LinkOption.NOFOLLOW_LINKS);
    }

    /** Gives what is there to a user, all that is in it included; links are not followed. */
    public static void ownAll(Path tree, int user) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                change(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                change(file);
                return FileVisitResult.CONTINUE;
            }

            private void change(Path path) throws IOException {
                if ((int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS) != user) {
                    own(path, user);
                }
            }
        });
    }
}
