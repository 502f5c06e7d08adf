package dev.croft.capsule.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What changes names of a file system: each change is checked and made while nothing else changes it. */
final class Names {
    private Names() {}

    /** What a path names. */
    static Node existing(CapsulePath path) throws IOException {
        Node node = path.getFileSystem().node(path);
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    /** A name in a folder that exists, whether or not anything has it. */
    private record Target(
            CapsulePath path,
            Node folder,
            String name,
            @Nullable Node node) {}

    private static Target target(CapsulePath path) throws IOException {
        CapsulePath real = path.toAbsolutePath().normalize();
        CapsulePath parent = real.getParent();
        CapsulePath last = real.getFileName();
        if (parent == null || last == null) {
            throw new FileSystemException(path.toString(), null, "the root folder cannot be changed");
        }
        String name = last.toString();
        if (name.getBytes(StandardCharsets.UTF_8).length > Keys.MOST_NAME_BYTES) {
            throw new FileSystemException(path.toString(), null, "File name too long");
        }
        Node folder = path.getFileSystem().tree().find(parent.fromRoot());
        if (folder == null) {
            throw new NoSuchFileException(path.toString());
        }
        if (!folder.folder()) {
            throw new FileSystemException(path.toString(), null, "Not a directory");
        }
        return new Target(path, folder, name, path.getFileSystem().tree().child(folder.id(), name));
    }

    /** Work on a file system's names that nothing else comes between. */
    private static void change(CapsulePath path, FileTreeWriter.Work<Boolean, IOException> work) throws IOException {
        CapsuleFileSystem system = path.getFileSystem();
        FileTreeWriter writer = system.writer();
        IOException[] failure = new IOException[1];
        system.writing(path, () -> {
            try {
                writer.exclusively(work);
            } catch (IOException e) {
                failure[0] = e;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    /** The file with this name, made where the options say so. */
    static Node make(CapsulePath path, Set<? extends OpenOption> options) throws IOException {
        Node[] made = new Node[1];
        boolean fresh = options.contains(StandardOpenOption.CREATE_NEW);
        if (path.fromRoot().isEmpty()) {
            return existing(path);
        }
        change(path, () -> {
            Target target = target(path);
            if (target.node != null && fresh) {
                throw new FileAlreadyExistsException(path.toString());
            }
            if (target.node == null && !fresh && !options.contains(StandardOpenOption.CREATE)) {
                throw new NoSuchFileException(path.toString());
            }
            made[0] = target.node != null
                    ? target.node
                    : path.getFileSystem().writer().make(target.folder.id(), target.name, false);
            return true;
        });
        return made[0];
    }

    /** Makes an empty folder. */
    static void folder(CapsulePath own) throws IOException {
        if (own.fromRoot().isEmpty()) {
            throw new FileAlreadyExistsException(own.toString());
        }
        change(own, () -> {
            Target target = target(own);
            if (target.node != null) {
                throw new FileAlreadyExistsException(own.toString());
            }
            own.getFileSystem().writer().make(target.folder.id(), target.name, true);
            return true;
        });
    }

    /** Takes a file or an empty folder away. */
    static void delete(CapsulePath own) throws IOException {
        change(own, () -> {
            remove(own, target(own));
            return true;
        });
    }

    private static void remove(CapsulePath own, Target target) throws IOException {
        if (target.node == null) {
            throw new NoSuchFileException(own.toString());
        }
        requireReplaceable(own, target.node);
        own.getFileSystem().writer().remove(target.folder.id(), target.name, target.node);
    }

    private static void requireReplaceable(CapsulePath path, Node node) throws IOException {
        if (node.folder() && !path.getFileSystem().tree().isEmpty(node.id())) {
            throw new DirectoryNotEmptyException(path.toString());
        }
    }

    /** Copies a file, or makes a folder like another, within one file system. */
    static void copy(CapsulePath from, CapsulePath to, boolean replace, boolean keepTimes) throws IOException {
        existing(from);
        change(to, () -> {
            Node node = from.getFileSystem().tree().find(from.fromRoot());
            if (node == null) {
                throw new NoSuchFileException(from.toString());
            }
            Target place = target(to);
            if (place.node != null && place.node.id() == node.id()) {
                return true;
            }
            clear(to, place, replace);
            to.getFileSystem().writer().copy(node, place.folder.id(), place.name, keepTimes);
            return true;
        });
    }

    private static void clear(CapsulePath path, Target place, boolean replace) throws IOException {
        if (place.node != null) {
            if (!replace) {
                throw new FileAlreadyExistsException(path.toString());
            }
            remove(path, place);
        }
    }

    /** Gives a file or folder another name within one file system. */
    static void move(CapsulePath from, CapsulePath to, boolean replace) throws IOException {
        change(from, () -> {
            Target old = target(from);
            if (old.node == null) {
                throw new NoSuchFileException(from.toString());
            }
            Target place = target(to);
            if (place.node != null && place.node.id() == old.node.id()) {
                return true;
            }
            if (place.node != null && !replace) {
                throw new FileAlreadyExistsException(to.toString());
            }
            if (old.node.folder()
                    && to.toAbsolutePath()
                            .normalize()
                            .startsWith(from.toAbsolutePath().normalize())) {
                throw new FileSystemException(from.toString(), to.toString(), "Invalid argument");
            }
            if (place.node != null) {
                requireReplaceable(to, place.node);
            }
            from.getFileSystem()
                    .writer()
                    .move(old.folder.id(), old.name, old.node, place.folder.id(), place.name, place.node);
            return true;
        });
    }
}
