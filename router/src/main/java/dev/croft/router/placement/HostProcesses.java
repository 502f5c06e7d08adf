package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Host;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Tls;
import dev.croft.runtime.Runtime;
import dev.croft.vault.api.FinishedSpan;
import dev.croft.vault.api.VaultException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hosts of this router: the one that many private clouds share, and those of one alone. Thread-safe. */
public final class HostProcesses implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostProcesses.class);

    private final Registry registry;
    private final Runtime runtime;
    private final Directories directories;
    private final HostProgram.Source programs;
    private final CertificateAuthority authority;
    private final BooleanSupplier mayRun;
    private final SSLContext tls;
    private final HttpClient http;
    private final PmHost shared;
    private final Endings endings;
    private final Map<String, PmHost> own = new ConcurrentHashMap<>();

    /**
     * Where hosts keep their files.
     *
     * @param clouds one directory for each private cloud
     * @param hosts one directory for each host: its keys, certificate and port
     * @param doors one directory for each host's doors
     * @param routerClientTls the certificate that the router shows to hosts
     */
    public record Directories(Path clouds, Path hosts, Path doors, Path routerClientTls) {}

    HostProcesses(
            Registry registry,
            Runtime runtime,
            Directories directories,
            HostProgram.Source programs,
            CertificateAuthority authority,
            BooleanSupplier mayRun) {
        this.registry = registry;
        this.runtime = runtime;
        this.directories = directories;
        this.programs = programs;
        this.authority = authority;
        this.mayRun = mayRun;
        this.endings = new Endings(runtime);
        authority.ensure(directories.routerClientTls(), "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());
        this.tls = Tls.context(directories.routerClientTls());
        this.http = HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
        this.shared = host(HostLaunch.SHARED, Optional.empty());
    }

    private PmHost host(String id, Optional<String> onlyCloud) {
        Path directory = directories.hosts().resolve(id);
        HostLaunch launch = new HostLaunch(
                id,
                directories.clouds(),
                directory.resolve("state"),
                directory.resolve("tls"),
                DoorsDirectory.of(directories.doors(), id),
                directory.resolve("run"),
                onlyCloud);
        return new PmHost(launch, programs, runtime, registry.hosts(), authority, http, endings, mayRun);
    }

    /** The one that many private clouds share. */
    PmHost shared() {
        return shared;
    }

    /** The one of this private cloud alone. */
    PmHost own(String cloudId) {
        return own.computeIfAbsent(cloudId, id -> host(HostLaunch.own(id), Optional.of(id)));
    }

    private List<PmHost> all() {
        List<PmHost> all = new ArrayList<>(own.values());
        all.add(shared);
        return all;
    }

    /** The directories of all doors. */
    List<Path> doors() {
        return all().stream().map(PmHost::doors).toList();
    }

    /** The client for hosts, with the router's certificate. */
    public HttpClient http() {
        return http;
    }

    /** Takes over hosts that outlived a former router, and has the shared one run from now on. */
    public void start() {
        for (Host recorded : registry.hosts().list()) {
            if (recorded.id().equals(HostLaunch.SHARED)) {
                continue;
            }
            String cloud = recorded.id().substring("own-".length());
            if (registry.clouds().find(cloud).isEmpty() || !own(cloud).adopt()) {
                // Its private cloud is locked from here on, as after any loss of a process of its own.
                own.remove(cloud);
                registry.hosts().delete(recorded.id());
            }
        }
        shared.adopt();
        shared.keep();
    }

    /** Those of one private cloud that run, by that. */
    Map<String, PmHost> ownThatRun() {
        Map<String, PmHost> running = new HashMap<>(own);
        running.values().removeIf(host -> !host.isRunning());
        return running;
    }

    /** The ids of workloads that are hosts on record, for {@link Runtime#reap}. */
    public List<String> recordedWorkloads() {
        List<String> ids = new ArrayList<>();
        for (Host host : registry.hosts().list()) {
            String workload = host.workloadId();
            if (workload != null && host.state() == Host.State.READY) {
                ids.add(workload);
            }
        }
        return ids;
    }

    /** Whether the host that many share runs. */
    public boolean isReady() {
        return shared.isRunning();
    }

    /** The shared host's counters as it tells them, and how many hosts of one private cloud run; nothing of hosts that do not answer. */
    public String metrics() {
        long running = own.values().stream().filter(PmHost::isRunning).count();
        String hosts = "# TYPE croft_own_hosts gauge\ncroft_own_hosts " + running + "\n" + runtime.metrics();
        if (!shared.isRunning()) {
            return hosts;
        }
        try {
            return hosts + shared.ready().client().metrics();
        } catch (VaultException | RouterException e) {
            return hosts;
        }
    }

    /** Spans that ended in hosts that run, since they were last asked; nothing of hosts that do not answer. */
    public List<FinishedSpan> spans() {
        List<FinishedSpan> spans = new ArrayList<>();
        for (PmHost host : all()) {
            PmHost.Running running = host.running().orElse(null);
            if (running != null) {
                try {
                    spans.addAll(running.client().spans());
                } catch (VaultException e) {
                    LOG.debug("spans of host {} are not known: {}", host.id(), e.toString());
                }
            }
        }
        return spans;
    }

    /** Renews certificates that are due or revoked, and has hosts know whom to trust. */
    public void renewCertificates() {
        authority.ensure(directories.routerClientTls(), "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());
        shared.renewCertificate();
        own.values().forEach(PmHost::renewCertificate);
        Tls.forgetSessions(tls);
    }

    /** Ends the process of this private cloud alone, if there is one. */
    void end(String cloudId) {
        PmHost host = own.remove(cloudId);
        if (host != null) {
            host.close();
            registry.hosts().delete(HostLaunch.own(cloudId));
        }
    }

    /** Ends the process of a private cloud that is no more, whose certificate is believed no longer. */
    void retire(String cloudId) {
        end(cloudId);
        registry.hosts().delete(HostLaunch.own(cloudId));
        authority.retire(directories.hosts().resolve(HostLaunch.own(cloudId)).resolve("tls"));
        renewCertificates();
    }

    /**
     * Ends all at once, whatever is under way.
     *
     * @throws RouterException.Unavailable while one may run still, as its engine does not answer: it is ended as soon as that does
     */
    void kill() {
        Set<PmHost> hosts = Set.copyOf(all());
        // Each on its own: one that is slow to end, or does not, leaves no other running past the lease.
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            hosts.forEach(host -> each.execute(host::kill));
        }
        own.values().removeIf(hosts::contains);
        if (!endings.areOver()) {
            throw new RouterException.Unavailable("not every host has ended yet");
        }
    }

    /** Ends all. */
    @Override
    public void close() {
        // Not in the common pool: on few processors that has one thread, and a runtime's client waits for it too.
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            all().forEach(host -> each.execute(host::close));
        }
        http.shutdownNow();
    }
}
