package dev.croft.app.server;

import dev.croft.operator.clouds.CloudController;
import dev.croft.operator.clouds.CloudSpec.Hosting;
import dev.croft.operator.clouds.CloudStatus.State;
import dev.croft.operator.clouds.Registered;
import dev.croft.operator.clouds.Router;
import dev.croft.router.lifecycle.CloudControl;
import dev.croft.router.registry.Host;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The router's private clouds as the resources of the namespace that its pods are in. */
final class CloudResources implements Router {
    private final CloudControl control;
    private final KubernetesRuntime runtime;

    private CloudResources(CloudControl control, KubernetesRuntime runtime) {
        this.control = control;
        this.runtime = runtime;
    }

    /** Keeps them in step until it is closed. */
    static AutoCloseable start(CloudControl control, KubernetesRuntime runtime) {
        return CloudController.start(runtime.client(), runtime.namespace(), new CloudResources(control, runtime));
    }

    @Override
    public List<Registered> clouds() {
        return control.all().stream().map(this::registered).toList();
    }

    private Registered registered(CloudControl.View view) {
        PrivateCloud cloud = view.cloud();
        return new Registered(
                cloud.id(),
                cloud.accountId(),
                cloud.hosting() == PrivateCloud.Hosting.SHARED ? Hosting.Shared : Hosting.Own,
                state(view),
                view.here(),
                view.inUse(),
                cloud.lastUsed(),
                view.host().map(Host::id).orElse(null),
                view.host()
                        .flatMap(host -> Optional.ofNullable(host.workloadId()))
                        .map(id -> runtime.podOf(new WorkloadId(id)))
                        .orElse(null),
                Optional.ofNullable(cloud.replicas())
                        .map(replicas -> replicas.servers().size() + " servers, "
                                + replicas.durability().toString().toLowerCase(Locale.ROOT))
                        .orElse("node"),
                view.madeRoom().orElse(null));
    }

    private static State state(CloudControl.View view) {
        return switch (view.cloud().state()) {
            case CREATING -> State.Creating;
            case DELETING -> State.Deleting;
            case AWAKE -> doing(view).orElse(State.Awake);
            case HIBERNATED -> doing(view).orElse(State.Asleep);
        };
    }

    private static Optional<State> doing(CloudControl.View view) {
        return view.doing().map(doing -> switch (doing) {
            case LOCKED -> State.Locked;
            case ASLEEP -> State.Asleep;
            case AWAKE -> State.Awake;
        });
    }

    @Override
    public void wake(String id) {
        control.wake(id);
    }

    @Override
    public void sleep(String id, String why) {
        control.sleep(id, why);
    }

    @Override
    public void move(String id, Hosting to) {
        control.move(id, to == Hosting.Shared ? PrivateCloud.Hosting.SHARED : PrivateCloud.Hosting.OWN_PROCESS);
    }

    @Override
    public void hold(Set<String> ids) {
        control.hold(ids);
    }
}
