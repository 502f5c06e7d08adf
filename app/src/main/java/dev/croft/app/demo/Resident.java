package dev.croft.app.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.croft.app.mobility.MobilityFormat;
import dev.croft.app.server.Grants;
import dev.croft.app.server.Home;
import dev.croft.budget.Epsilon;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.UploadReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/** One owner with a private cloud, who does everything through the router's API as anyone would. */
public final class Resident implements AutoCloseable {
    private static final Duration GRANTED = Duration.ofDays(365);

    private final RouterClient router;
    private final OwnerKey key;
    private final PmClient pm;
    private final CloudClient cloud;

    private Resident(RouterClient router, OwnerKey key) {
        this.router = router;
        this.key = key;
        this.pm = router.pm(key.cloudId());
        this.cloud = pm.as(Signer.owner(key));
    }

    /** Makes a key, saves it, and creates the private cloud that it opens. */
    public static Resident settle(RouterClient account, Home home, String name, PrivateCloud.Hosting hosting) {
        OwnerKey key = OwnerKey.generate();
        key.save(home.keys().resolve(name + ".key"), null);
        account.createCloud(key.cloudId(), name, hosting);
        account.bringKey(key, null, null);
        return new Resident(account, key);
    }

    /** Sends entries. */
    public UploadReport upload(byte[] entries) {
        return cloud.upload(entries, MobilityFormat.NAME);
    }

    /** Grants a service of the catalogue what it needs, and launches it. */
    public Launch launch(CatalogueEntry service) {
        Grant grant = Objects.requireNonNull(
                Grants.service(key.cloudId(), service.name(), service.digest(), GRANTED), "one of our services");
        cloud.storeGrant(GrantToken.sign(grant, key.signingKey()));
        return router.launch(
                key.cloudId(), service.name(), service.version(), grant.id(), JsonNodeFactory.instance.objectNode());
    }

    /** Waits until a launch has ended. */
    public Launch await(Launch launch, Duration most) throws InterruptedException {
        Instant end = Instant.now().plus(most);
        Launch now = launch;
        while (!now.state().isFinal() && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(150));
            now = router.launch(key.cloudId(), launch.id());
        }
        return now;
    }

    /** Lets the coordinator ask for a computation, up to a ceiling. */
    public void takePart(String coordinatorKey, String computation, Epsilon ceiling) {
        Grant grant = Grants.query(key.cloudId(), coordinatorKey, computation, ceiling, GRANTED);
        cloud.storeGrant(GrantToken.sign(grant, key.signingKey()));
        router.enrol(key.cloudId(), computation, grant.id());
    }

    /** What is left of the budget. */
    public BudgetStatus budget() {
        return cloud.budget();
    }

    /** The private cloud as its owner sees it. */
    public CloudClient cloud() {
        return cloud;
    }

    @Override
    public void close() {
        key.destroy();
    }
}
