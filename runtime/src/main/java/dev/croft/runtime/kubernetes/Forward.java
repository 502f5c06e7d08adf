package dev.croft.runtime.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries connections from a port of this machine's loopback address to the same port of a pod, so that a pod is reached as a
 * process of this machine is. It reads nothing of what it carries: that is TLS from end to end.
 */
final class Forward implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Forward.class);
    private static final int CONNECT_MILLIS = 5_000;
    private static final int MOST = 1024;

    private final InetSocketAddress pod;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    Forward(InetAddress address, int port) throws IOException {
        pod = new InetSocketAddress(address, port);
        server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
        Thread.ofVirtual().name("croft-forward-" + port).start(this::accept);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                if (open.size() > MOST) {
                    near.close();
                } else {
                    Thread.ofVirtual().start(() -> carry(near));
                }
            } catch (IOException e) {
                LOG.debug("forwarding to {}: {}", pod, e.toString());
            }
        }
    }

    private void carry(Socket near) {
        open.add(near);
        try (near;
                Socket far = new Socket()) {
            far.connect(pod, CONNECT_MILLIS);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            Thread back = Thread.ofVirtual().start(() -> copy(far, near));
            copy(near, far);
            back.join();
        } catch (IOException e) {
            LOG.debug("forwarding to {}: {}", pod, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(near);
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
            to.shutdownOutput();
        } catch (IOException e) {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a connection", e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("closing a port", e);
        }
        open.forEach(Forward::close);
    }
}
