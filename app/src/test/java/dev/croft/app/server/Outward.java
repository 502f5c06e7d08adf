package dev.croft.app.server;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;

/** How this machine is reached from containers and pods, which have a loopback address of their own. */
final class Outward {
    private Outward() {}

    /** An address that is not loopback, where there is one. */
    static InetAddress address() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst()
                .orElseGet(InetAddress::getLoopbackAddress);
    }
}
