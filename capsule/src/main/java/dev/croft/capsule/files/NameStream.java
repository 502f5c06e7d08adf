package dev.croft.capsule.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The paths in a folder as it was when asked. */
final class NameStream implements DirectoryStream<Path> {
    private final CapsulePath folder;
    private final List<String> names;
    private final Filter<? super Path> filter;
    private boolean given;
    private volatile boolean closed;

    NameStream(CapsulePath folder, List<String> names, Filter<? super Path> filter) {
        this.folder = folder;
        this.names = new ArrayList<>(names);
        this.filter = filter;
    }

    @Override
    public synchronized Iterator<Path> iterator() {
        if (given || closed) {
            throw new IllegalStateException("a folder's stream is gone through once");
        }
        given = true;
        return new Iterator<>() {
            private int at;
            private @Nullable Path next;

            @Override
            public boolean hasNext() {
                while (next == null && at < names.size() && !closed) {
                    Path path = folder.resolve(names.get(at++));
                    try {
                        next = filter.accept(path) ? path : null;
                    } catch (IOException e) {
                        throw new DirectoryIteratorException(e);
                    }
                }
                return next != null;
            }

            @Override
            public Path next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException();
                }
                Path path = next;
                next = null;
                return path;
            }
        };
    }

    @Override
    public void close() {
        closed = true;
    }
}
