package dev.croft.app.server;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.mobility.SumComputation;
import dev.croft.router.placement.HostLaunch;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.VaultSettings;
import dev.croft.vault.api.PeerTrust;
import dev.croft.vault.api.PmTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The process of a host of private clouds: started by the router, ended by it. No key is in its arguments or environment. */
public final class HostMain {
    /** System property: address and port to listen on, as {@code 0.0.0.0:7443}; by default any port of the loopback address. */
    static final String LISTEN = "croft.listen";

    private HostMain() {}

    /** The arguments of {@link #main} for this launch. */
    static List<String> arguments(HostLaunch launch) {
        List<String> arguments = new ArrayList<>();
        for (Path directory : List.of(
                launch.cloudsDirectory(),
                launch.stateDirectory(),
                launch.tlsDirectory(),
                launch.runDirectory(),
                launch.doorsDirectory())) {
            arguments.add(directory.toAbsolutePath().toString());
        }
        launch.onlyCloud().ifPresent(arguments::add);
        return arguments;
    }

    private static InetSocketAddress address() {
        String listen = System.getProperty(LISTEN);
        if (listen == null) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        }
        int colon = listen.lastIndexOf(':');
        return new InetSocketAddress(listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1)));
    }

    /** Where a host finds what is its own; see {@link HostLaunch}. */
    record Places(Path clouds, Path state, Path tls, Path run, Path doors, Optional<String> only) {
        /** As {@link #arguments} put it. */
        static Places of(List<String> args) {
            return new Places(
                    Path.of(args.get(0)),
                    Path.of(args.get(1)),
                    Path.of(args.get(2)),
                    Path.of(args.get(3)),
                    Path.of(args.get(4)),
                    args.size() > 5 ? Optional.of(args.get(5)) : Optional.empty());
        }
    }

    /**
     * Hosts until it is ended.
     *
     * @param args clouds, state, tls and run directories, the doors, and for a host of one private cloud its id; none for one that waits
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        String wait = System.getenv("CROFT_WAIT");
        if (wait == null) {
            Places places = Places.of(List.of(args));
            serve(places, places.doors());
        } else {
            Optional<WaitingHost.Claimed> claimed = WaitingHost.await(Path.of(wait));
            if (claimed.isPresent()) {
                serve(claimed.get().places(), claimed.get().doorsAsTold());
            }
        }
    }

    private static void serve(Places places, Path doorsAsTold) throws IOException, InterruptedException {
        Path tls = places.tls();
        Path run = places.run();
        HostSettings shared = HostSettings.shared(places.state(), places.doors());
        HostSettings settings = new HostSettings(
                        places.state(),
                        places.doors(),
                        Optional.of(places.clouds()),
                        places.only(),
                        shared.mostAwake(),
                        shared.idleAfter(),
                        shared.mostRequests())
                .withDoorsAsTold(doorsAsTold);
        PeerTrust trust = PmTls.trust(tls);
        HttpsFront front = HttpsFront.start(new PmHost(settings, vault()), address(), PmTls.context(tls, trust), trust);
        Thread closer = new Thread(front::close, "close");
        Runtime.getRuntime().addShutdownHook(closer);

        Path port = run.resolve("port.new");
        Files.writeString(port, Integer.toString(front.port()));
        Files.move(port, run.resolve("port"), StandardCopyOption.ATOMIC_MOVE);
        new CountDownLatch(1).await();
    }

    /** Documents as e-mission has them, with the computations of the mobility room. */
    public static VaultSettings vault() {
        String digest = Installation.ofThisProcess().mobilityDigest();
        return VaultSettings.standard(
                List.of(new CountComputation(digest), new SumComputation(digest)), List.of(new MobilityFormat()));
    }
}
