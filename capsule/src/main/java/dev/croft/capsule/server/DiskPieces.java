package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.DurableFiles;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Salvage;
import dev.croft.capsule.Standing;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.replication.Fork;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.PieceStore;
import dev.croft.capsule.replication.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * A replica's pieces in a capsule's directory: the main piece is the directory itself, so that whatever reads capsules reads it; others are
 * {@code pieces/1}, {@code pieces/2} and so on, each a directory of the same form whose first segment begins at the piece's base. Evidence
 * is in {@code forks}. Used by one thread at a time.
 */
final class DiskPieces implements PieceStore, AutoCloseable {
    private static final int JOINED_AT_ONCE = 4 << 20;
    private static final int MOST_LANDMARKS = 64;

    private final Path directory;
    private final CapsuleOptions options;
    private final Map<Integer, CapsuleReplica> pieces = new ConcurrentSkipListMap<>();
    private final List<Fork> forks = new ArrayList<>();
    private boolean closed;

    DiskPieces(Path directory, CapsuleMetadata metadata, CapsuleOptions options) throws IOException {
        this.directory = directory;
        this.options = options;
        Standing beginning = Standing.beginning(metadata);
        try {
            pieces.put(Piece.MAIN, CapsuleReplica.open(directory, beginning, options));
            for (Path path : list(directory.resolve("pieces"))) {
                if (Files.exists(path.resolve("metadata"))) {
                    pieces.put(
                            Integer.parseInt(path.getFileName().toString()),
                            CapsuleReplica.open(path, beginning, options));
                } else {
                    delete(path);
                }
            }
            for (Path path : list(directory.resolve("forks"))) {
                forks.add(Fork.decode(metadata, Files.readAllBytes(path)));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.filter(path -> path.getFileName().toString().matches("[0-9]{1,9}|[0-9a-f]{64}"))
                    .toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        // Without metadata a directory is no piece, so a crash in the middle leaves nothing that is taken for one.
        Files.deleteIfExists(folder.resolve("metadata"));
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    CapsuleReplica main() {
        return piece(Piece.MAIN);
    }

    private CapsuleReplica piece(int number) {
        return Objects.requireNonNull(pieces.get(number));
    }

    private Path path(int number) {
        return directory.resolve("pieces").resolve(Integer.toString(number));
    }

    @Override
    public List<Piece> pieces() {
        List<Piece> all = new ArrayList<>();
        pieces.forEach((number, piece) -> all.add(new Piece(number, piece.base(), piece.tip())));
        return all;
    }

    @Override
    public List<Fork> evidence() {
        return List.copyOf(forks);
    }

    @Override
    public void extend(int piece, byte[] frames, Standing tip) throws IOException {
        try {
            piece(piece).accept(frames);
        } catch (CapsuleException.DiskFailed | CapsuleReplica.Refused e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void begin(int piece, Standing base, byte[] frames, Standing tip) throws IOException {
        if (closed) {
            throw new IOException("the capsule is closed");
        }
        Files.createDirectories(directory.resolve("pieces"));
        options.disk().syncDirectory(directory);
        try {
            pieces.put(piece, CapsuleReplica.open(path(piece), base, options));
            extend(piece, frames, tip);
        } catch (IOException | CapsuleException e) {
            drop(piece);
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void join(int piece, int other) throws IOException {
        CapsuleReplica to = piece(piece);
        CapsuleReplica from = piece(other);
        try {
            while (!to.tip().equals(from.tip())) {
                Standing at = to.tip();
                to.accept(from.frames(at.id(), at.size(), from.tip().id(), JOINED_AT_ONCE));
            }
        } catch (CapsuleException | CapsuleReplica.Refused e) {
            throw new IOException(e.getMessage(), e);
        }
        drop(other);
    }

    @Override
    public void drop(int piece) throws IOException {
        CapsuleReplica dropped = pieces.remove(piece);
        if (dropped != null) {
            dropped.close();
        }
        if (Files.isDirectory(path(piece))) {
            delete(path(piece));
        }
    }

    @Override
    public void keep(Fork fork) throws IOException {
        Path folder = Files.createDirectories(directory.resolve("forks"));
        DurableFiles.replace(folder.resolve(Hash.sha256(fork.encoded()).toString()), fork.encoded());
        forks.add(fork);
    }

    @Override
    public boolean holds(int piece, Point heartbeat) {
        return piece(piece).holds(heartbeat.id(), heartbeat.size());
    }

    @Override
    public Heartbeat after(int piece, Point heartbeat) {
        return piece(piece).after(heartbeat.id(), heartbeat.size());
    }

    @Override
    public boolean isDamaged(int piece) {
        return piece(piece).isDamaged();
    }

    @Override
    public Optional<Standing> check(int piece) {
        return piece(piece).check();
    }

    @Override
    public Iterator<Salvage.Part> salvage(int piece) {
        return piece(piece).salvage();
    }

    @Override
    public void cut(int piece, Standing to) {
        piece(piece).cut();
    }

    @Override
    public List<Point> points(int piece) {
        Set<Heartbeat> landmarks = new HashSet<>();
        List<Point> points = new ArrayList<>();
        for (Heartbeat heartbeat : piece(piece).landmarks()) {
            if (points.size() < MOST_LANDMARKS && landmarks.add(heartbeat)) {
                points.add(Point.of(heartbeat));
            }
        }
        points.add(Point.of(piece(piece).base()));
        return points;
    }

    @Override
    public Fragment fragment(int piece, Point after, Point until, int enough) throws IOException {
        try {
            Standing base = piece(piece).standing(after.id(), after.size());
            return new Fragment(base, piece(piece).frames(after.id(), after.size(), until.id(), enough));
        } catch (CapsuleException | Malformed | NoSuchElementException e) {
            throw new IOException("damaged: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        closed = true;
        pieces.values().forEach(CapsuleReplica::close);
    }
}
