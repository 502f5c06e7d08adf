package dev.croft.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A line to a server on this machine that is cut, or holds still, once so many bytes have gone up or down; it works again afterwards. */
final class CutLine implements AutoCloseable {
    /** What becomes of the connection. */
    enum End {
        CUT,
        STILL
    }

    private final ServerSocket socket = new ServerSocket(0, 16, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final int port;
    private final End end;
    private final AtomicLong left;

    CutLine(String address, long after, End end) throws IOException {
        this.port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        this.end = end;
        this.left = new AtomicLong(after);
        Thread.ofVirtual().start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** Waits until the line was cut or holds still. */
    void awaitEnd() throws InterruptedException {
        reached.await();
    }

    boolean isCut() {
        return reached.getCount() == 0;
    }

    private void accept() {
        try {
            while (true) {
                Socket here = socket.accept();
                Socket there = new Socket(InetAddress.getByName("127.0.0.1"), port);
                open.add(here);
                open.add(there);
                Thread.ofVirtual().start(() -> copy(here, there));
                Thread.ofVirtual().start(() -> copy(there, here));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[16384];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                long before = left.getAndAdd(-n);
                if (before > 0 && before <= n) {
                    reached.countDown();
                    if (end == End.STILL) {
                        closed.await();
                    }
                    return;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException | InterruptedException e) {
            // The other side went away.
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        for (Socket each : open) {
            each.close();
        }
    }
}
