package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Passes requests on to an engine, and changes those that make a container. */
final class Meddler implements AutoCloseable {
    private final ServerSocketChannel door;
    private final Path engine;
    private final UnaryOperator<ObjectNode> change;
    private final AtomicInteger changed = new AtomicInteger();

    Meddler(Path socket, Path engine, UnaryOperator<ObjectNode> change) throws IOException {
        this.engine = engine;
        this.change = change;
        door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(UnixDomainSocketAddress.of(socket));
        Thread.startVirtualThread(this::serve);
    }

    int changed() {
        return changed.get();
    }

    private void serve() {
        while (door.isOpen()) {
            try {
                SocketChannel one = door.accept();
                Thread.startVirtualThread(() -> pass(one));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void pass(SocketChannel client) {
        try (client;
                SocketChannel server = SocketChannel.open(UnixDomainSocketAddress.of(engine))) {
            InputStream in = Channels.newInputStream(client);
            String head = head(in);
            byte[] body = in.readNBytes(length(head));
            if (head.startsWith("POST") && head.contains("/containers/create")) {
                body = Engine.JSON.writeValueAsBytes(change.apply((ObjectNode) Engine.JSON.readTree(body)));
                head = head.replaceAll("Content-Length: \\d+", "Content-Length: " + body.length);
                changed.incrementAndGet();
            }
            OutputStream out = Channels.newOutputStream(server);
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            Channels.newInputStream(server).transferTo(Channels.newOutputStream(client));
        } catch (IOException e) {
            return; // either side went away
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("no request");
            }
            head.write(c);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    private static int length(String head) {
        return Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
