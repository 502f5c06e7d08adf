package dev.croft.router;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.audit.OperatorLog;
import dev.croft.router.claims.ClaimService;
import dev.croft.router.claims.QueryClaims;
import dev.croft.router.fleet.Admission;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Following;
import dev.croft.router.fleet.Forwarder;
import dev.croft.router.fleet.Membership;
import dev.croft.router.fleet.Reach;
import dev.croft.router.fleet.RouterIdentity;
import dev.croft.router.fleet.StateLock;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.http.ApiServer;
import dev.croft.router.http.Bearers;
import dev.croft.router.http.BlockRoutes;
import dev.croft.router.http.CertificateRoutes;
import dev.croft.router.http.ClaimRoutes;
import dev.croft.router.http.CloudRoutes;
import dev.croft.router.http.OperateRoutes;
import dev.croft.router.http.PmProxy;
import dev.croft.router.http.PolicyRoutes;
import dev.croft.router.http.QueryRoutes;
import dev.croft.router.http.RequestMetrics;
import dev.croft.router.http.Route;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.http.ServiceRoutes;
import dev.croft.router.http.WatchRoutes;
import dev.croft.router.lifecycle.CloudControl;
import dev.croft.router.lifecycle.Lifecycle;
import dev.croft.router.oidc.OidcTokens;
import dev.croft.router.placement.HostProcesses;
import dev.croft.router.placement.HostProgram;
import dev.croft.router.placement.Launcher;
import dev.croft.router.placement.Placement;
import dev.croft.router.placement.Publishers;
import dev.croft.router.placement.ReplicaRecords;
import dev.croft.router.query.Coordinator;
import dev.croft.router.query.CoordinatorKey;
import dev.croft.router.query.VaultPort;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.Tokens;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.router.trace.SpanExport;
import dev.croft.runtime.Runtime;
import dev.croft.vault.api.Base64Url;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service router: opens its records, sets right what a former router left, and serves. One at a time over one state directory; with
 * PostgreSQL several over one registry, each on a machine of its own.
 */
public final class RouterServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RouterServer.class);

    private final RouterConfig config;
    private final Runtime runtime;
    private final Registry registry;
    private final CertificateAuthority authority;
    private final RouterTls tls;
    private final Placement placement;
    private final ReplicaRecords replicas;
    private final Lifecycle lifecycle;
    private final CloudControl clouds;
    private final WatchRoutes watch;
    private final Launcher launcher;
    private final Optional<OidcTokens> oidc;
    private final Optional<StateLock> lock;
    private final Optional<Membership> membership;
    private final Optional<Forwarder> forwarder;
    private final Optional<Following> following;
    private final Leading leading;
    private final ApiServer api;
    private volatile @Nullable SpanExport spans;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("housekeeping").daemon().factory());

    /**
     * Opens a router's state; nothing runs before {@link #start}.
     *
     * @param runtime runs PM hosts and services; stays the caller's to close
     * @param hosts how a PM host is run
     * @throws RouterException.Broken when its state cannot be opened
     */
    public RouterServer(RouterConfig config, Runtime runtime, HostProgram.Source hosts) {
        this(config, runtime, hosts, Clock.systemUTC());
    }

    RouterServer(RouterConfig config, Runtime runtime, HostProgram.Source hosts, Clock clock) {
        this.config = config;
        this.runtime = runtime;
        Path state = config.stateDirectory();
        try {
            PrivateFiles.directory(state);
            PrivateFiles.directory(state.resolve("clouds"));
            PrivateFiles.directory(state.resolve("hosts"));
        } catch (IOException e) {
            throw new RouterException.Broken("the state directory cannot be used", e);
        }
        this.lock = config.database().map(_ -> StateLock.take(state));
        RouterIdentity identity = RouterIdentity.open(state);
        this.authority = CertificateAuthority.open(state.resolve("ca"), clock);
        this.tls = new RouterTls(config, authority);
        this.registry = config.database()
                .map(database ->
                        Registry.postgres(database.url(), database.user(), database.password(), identity.name(), clock))
                .orElseGet(() -> Registry.embedded(state.resolve("registry"), clock));
        Member self = new Member(
                identity.name(),
                identity.installation(),
                "",
                JoinedAuthority.fingerprint(authority.certificate()),
                runtime.enforcement().backend(),
                identity.weight(),
                false,
                0,
                Instant.EPOCH);
        this.membership = config.database().map(_ -> member(self));
        Fleet fleet = membership.<Fleet>map(joined -> joined).orElseGet(() -> Fleet.alone(self));
        SigningKey key = CoordinatorKey.open(state.resolve("coordinator"));
        this.placement = new Placement(
                registry,
                runtime,
                new HostProcesses.Directories(
                        state.resolve("clouds"),
                        state.resolve("hosts"),
                        state.resolve("doors"),
                        state.resolve("tls").resolve("client")),
                hosts,
                authority,
                fleet,
                clock);
        this.forwarder = membership.map(_ -> new Forwarder(
                state.resolve("tls").resolve("client"), config.trustFile(), tls.revoked(), this::authorityOf));
        this.following = forwarder.map(to -> new Following(to, authority, config.trustFile()));
        Publishers publishers = new Publishers(state);
        this.launcher = new Launcher(
                registry, runtime, placement, config.servicesDirectory(), publishers, config.serviceSlots(), clock);
        Reach reach = new Reach(placement, fleet, forwarder);
        this.leading = new Leading(() -> open(reach, key, clock));
        Standing standing = new Standing(fleet, registry, leading, launcher, placement);
        if (membership.isPresent()) {
            membership.get().stand(standing);
        } else {
            leading.open();
        }
        this.oidc = config.oidc().map(provider -> new OidcTokens(provider, clock));
        List<Route> routes = new ArrayList<>();
        routes.addAll(new OperateRoutes(registry, leading::acts, runtime.enforcement()).routes());
        RequestMetrics requests = new RequestMetrics();
        this.watch = new WatchRoutes(registry, placement, launcher, requests);
        routes.addAll(new CertificateRoutes(authority, this::renewCertificates).routes());
        routes.addAll(watch.routes());
        routes.addAll(new AccountRoutes(registry, oidc).routes());
        routes.addAll(new CloudRoutes(registry, placement, fleet).routes());
        this.lifecycle = new Lifecycle(registry, placement, config.idle(), config.memory(), clock);
        this.clouds =
                new CloudControl(registry, placement, lifecycle, fleet.self().name(), clock);
        routes.addAll(new PolicyRoutes(registry, lifecycle, config.replicas()).routes());
        this.replicas = new ReplicaRecords(registry, placement);
        PmProxy proxy = new PmProxy(registry, placement, launcher, replicas);
        routes.addAll(proxy.routes());
        routes.addAll(proxy.forRouters());
        routes.addAll(new ServiceRoutes(registry, launcher).routes());
        routes.addAll(new QueryRoutes(
                        leading::coordinator,
                        Base64Url.encode(key.verifyingKey().encoded()))
                .routes());
        routes.addAll(new RouterRoutes(
                        registry,
                        fleet,
                        new Admission(registry, fleet, authority, publishers, state),
                        tls::trust,
                        this::renewCertificates)
                .routes());
        routes.addAll(new BlockRoutes(leading::claims).routes());
        routes.addAll(new ClaimRoutes(leading::claims).routes());
        this.api = new ApiServer(
                registry,
                new Bearers(registry, oidc),
                routes,
                tls.clients(),
                config.address(),
                config.port(),
                config.rates(),
                requests,
                forwarder.map(passing -> new ApiServer.Among(
                        fleet,
                        passing,
                        tls.routers(),
                        tls.peers()::isRevoked,
                        config.peers().port())));
    }

    /** By which authority a router is known now, not as of the last renewal; empty if there is none. */
    private String authorityOf(String router) {
        return registry.members().list().stream()
                .filter(member -> member.name().equals(router))
                .map(Member::authority)
                .findFirst()
                .orElse("");
    }

    /** One that was removed, or whose name is another's now, has nothing to run any more: what a kill left of it ends here. */
    private Membership member(Member self) {
        try {
            return new Membership(registry, self, config.peers().lease());
        } catch (RouterException.Conflict e) {
            runtime.reap(_ -> false);
            registry.close();
            lock.ifPresent(StateLock::close);
            throw e;
        }
    }

    private Leading.Parts open(Reach reach, SigningKey key, Clock clock) {
        Path capsules = config.stateDirectory().resolve("budget");
        ClaimService claims = new ClaimService(registry.budget(), capsules, config.unlocking(), clock);
        try {
            Coordinator coordinator = new Coordinator(
                    registry.queries(),
                    new VaultPort(registry, reach, key),
                    new QueryClaims(claims),
                    config.queries(),
                    clock);
            return new Leading.Parts(claims, coordinator, new OperatorLog(registry, capsules));
        } catch (RuntimeException e) {
            claims.close();
            throw e;
        }
    }

    /** Ends what should not run, takes over what should, and begins to serve. */
    public void start() {
        firstOperator();
        Set<String> hosts = Set.copyOf(placement.hosts().recordedWorkloads());
        Runtime.ReapReport reaped = runtime.reap(workload ->
                hosts.contains(workload.id().value()) || launcher.remains().owns(workload));
        if (!reaped.ended().isEmpty()) {
            LOG.info(
                    "ended {} workloads that no record asks for", reaped.ended().size());
        }
        placement.start();
        launcher.resume();
        leading.resume();
        api.start();
        membership.ifPresent(joined -> joined.start("https://" + config.names().getFirst() + ":" + api.routersPort()));
        long sweep = Math.max(100, Math.min(config.idle().toMillis() / 4, 30_000));
        every(sweep, lifecycle::sweep);
        every(5_000, placement::settle);
        every(5_000, replicas::settle);
        every(600_000, this::hourly);
        if (membership.isPresent()) {
            every(5_000, leading::follow);
            every(60_000, this::followTrust);
            every(5_000, this::forgetRemoved);
        }
        LOG.info("the router serves on port {}", api.port());
    }

    /** Brings every part's certificate, and what it trusts, up to date. */
    void renewCertificates() {
        tls.renew();
        placement.hosts().renewCertificates();
        membership.ifPresent(joined -> joined.issuedBy(JoinedAuthority.fingerprint(authority.certificate())));
    }

    /** A router that joined keeps up with the first one. */
    void followTrust() {
        if (!authority.isRoot()
                && following.isPresent()
                && membership
                        .flatMap(joined -> joined.find(Member.FIRST))
                        .filter(following.get()::follow)
                        .isPresent()) {
            renewCertificates();
        }
    }

    private void forgetRemoved() {
        membership.ifPresent(joined -> forwarder.ifPresent(passing -> passing.keep(joined.routers())));
    }

    private void hourly() {
        renewCertificates();
        launcher.remains().forgetOldLogs();
        registry.tokens().forgetExpiredBefore(Instant.now().minus(Duration.ofDays(30)));
    }

    private void every(long millis, Runnable task) {
        housekeeping.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.warn("housekeeping failed and is tried again: {}", e.toString());
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** On first start there is nobody: an operator is made, and its token left in a file for whoever owns this directory. */
    private void firstOperator() {
        if (registry.accounts().any()) {
            return;
        }
        Account operator = registry.accounts().create("operator", Role.OPERATOR, null);
        Tokens.Issued token = registry.tokens().issue(operator, "first start", Role.OPERATOR.scopes(), Tokens.LONGEST);
        try {
            PrivateFiles.write(config.operatorTokenFile(), (token.secret() + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new RouterException.Broken("the operator's token cannot be written", e);
        }
        registry.audit().append("router", "account.create", "operator", "ok");
    }

    /** Sends spans of what is asked from now on to a collector, those of hosts and doors with them. */
    public void traceTo(SpanExport.Endpoint collector) {
        SpanExport export = new SpanExport(collector, placement.hosts()::spans);
        spans = export;
        api.traceTo(export.router());
    }

    /** The port it serves on. */
    public int port() {
        return api.port();
    }

    /** Its private clouds, for whoever operates the cluster that they run on. */
    public CloudControl clouds() {
        return clouds;
    }

    /** Every route, for those who check that all are documented and guarded. */
    public List<Route> routes() {
        return api.routes();
    }

    /** Stops serving, then services, then PM hosts; what is recorded goes on at the next start. */
    @Override
    public void close() {
        close(ApiServer.GRACE);
    }

    /** @param grace how long requests under way have at most */
    void close(Duration grace) {
        watch.drain();
        List<Runnable> steps = new ArrayList<>();
        steps.add(() -> api.close(grace));
        membership.ifPresent(joined -> steps.add(joined::close));
        steps.addAll(List.of(housekeeping::shutdownNow, leading::close));
        membership.ifPresent(joined -> steps.add(joined::resign));
        steps.addAll(List.of(launcher::stopServices, launcher::close, placement::close));
        oidc.ifPresent(provider -> steps.add(provider::close));
        forwarder.ifPresent(passing -> steps.add(passing::close));
        Optional.ofNullable(spans).ifPresent(export -> steps.add(export::close));
        steps.add(registry::close);
        lock.ifPresent(held -> steps.add(held::close));
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                // Such as when the database is out of reach: hosts end all the same.
                LOG.warn("not everything was put in order at the end: {}", e.toString());
            }
        }
    }
}
