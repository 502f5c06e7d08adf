package dev.croft.capsule.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A link of a given rate and delay to a port of this machine, for kernels that cannot shape one: a relay whose bytes pass a token
 * bucket, one for each direction and shared by all connections, and then wait out the delay.
 */
final class ShapedLink implements AutoCloseable {
    private static final int PIECE = 16 << 10;
    private static final int MOST_WAITING = 4096;

    private final ServerSocket server;
    private final int target;
    private final long delayNanos;
    private final Bucket up;
    private final Bucket down;

    private record Piece(byte[] bytes, long due) {}

    /** When the link is free again. */
    private static final class Bucket {
        private final double nanosPerByte;
        private long free = System.nanoTime();

        Bucket(long bitsPerSecond) {
            this.nanosPerByte = 8e9 / bitsPerSecond;
        }

        /** Takes the link for so many bytes; when the last of them is over it. */
        synchronized long pass(int bytes) {
            free = Math.max(free, System.nanoTime()) + (long) (bytes * nanosPerByte);
            return free;
        }
    }

    ShapedLink(int target, long bitsPerSecond, long delayNanos) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        this.delayNanos = delayNanos;
        this.up = new Bucket(bitsPerSecond);
        this.down = new Bucket(bitsPerSecond);
        Thread.ofPlatform().daemon().name("link").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket behind = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                behind.setTcpNoDelay(true);
                carry(client, behind, up);
                carry(behind, client, down);
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void carry(Socket from, Socket to, Bucket bucket) {
        BlockingQueue<Piece> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
        Thread.ofPlatform().daemon().start(() -> take(from, bucket, waiting));
        Thread.ofPlatform().daemon().start(() -> deliver(to, waiting));
    }

    private void take(Socket from, Bucket bucket, BlockingQueue<Piece> waiting) {
        byte[] buffer = new byte[PIECE];
        try (InputStream in = from.getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                long over = bucket.pass(count);
                waiting.put(new Piece(Arrays.copyOf(buffer, count), over + delayNanos));
                // So that no more is on its way than the link carries.
                await(over);
            }
        } catch (IOException | InterruptedException e) {
            // One end has closed.
        } finally {
            boolean told = waiting.offer(new Piece(new byte[0], 0));
            assert told;
        }
    }

    private static void deliver(Socket to, BlockingQueue<Piece> waiting) {
        try (OutputStream out = to.getOutputStream()) {
            while (true) {
                Piece piece = waiting.poll(1, TimeUnit.HOURS);
                if (piece == null || piece.bytes.length == 0) {
                    return;
                }
                await(piece.due);
                out.write(piece.bytes);
            }
        } catch (IOException | InterruptedException e) {
            // One end has closed.
        }
    }

    private static void await(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
