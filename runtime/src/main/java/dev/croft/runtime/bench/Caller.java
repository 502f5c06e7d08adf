package dev.croft.runtime.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The program that is measured: waits to be claimed where it may, calls at its door, and stays until that hangs up. Needs nothing but the JDK. */
public final class Caller {
    private Caller() {}

    /** @param arguments none */
    public static void main(String[] arguments) throws IOException {
        String wait = System.getenv("CROFT_WAIT");
        if (wait != null) {
            try (SocketChannel line = SocketChannel.open(UnixDomainSocketAddress.of(Path.of(wait)))) {
                if (Channels.newInputStream(line).readAllBytes().length == 0) {
                    return;
                }
            }
        }
        try (SocketChannel door =
                SocketChannel.open(UnixDomainSocketAddress.of(Path.of(System.getenv("CROFT_DOOR"))))) {
            door.write(ByteBuffer.wrap(new byte[1]));
            door.read(ByteBuffer.allocate(1));
        }
    }
}
