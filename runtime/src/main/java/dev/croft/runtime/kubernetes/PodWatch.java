package dev.croft.runtime.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One watch over all pods of a runtime: each change of a pod goes to whoever listens for its name. Thread-safe. */
final class PodWatch implements AutoCloseable, ResourceEventHandler<Pod> {
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> informer;

    /** Told of one pod's changes, by one thread at a time; must not take long. */
    interface Listener {
        void seen(Pod pod);

        /** It is there no more. */
        void gone();
    }

    PodWatch(Cluster cluster, String runtime) {
        informer = cluster.client()
                .pods()
                .inNamespace(cluster.namespace())
                .withLabel(Cluster.RUNTIME_LABEL, runtime)
                .runnableInformer(0);
        informer.addEventHandler(this);
        // It would stop for good where an API server does not answer in time.
        informer.exceptionHandler((started, _) -> started);
        informer.run();
    }

    void listen(String name, Listener listener) {
        listeners.put(name, listener);
        informer.getStore().list().stream()
                .filter(pod -> pod.getMetadata().getName().equals(name))
                .forEach(listener::seen);
    }

    void forget(String name) {
        listeners.remove(name);
    }

    @Override
    public void onAdd(Pod pod) {
        Listener listener = listeners.get(pod.getMetadata().getName());
        if (listener != null) {
            listener.seen(pod);
        }
    }

    @Override
    public void onUpdate(Pod before, Pod now) {
        onAdd(now);
    }

    @Override
    public void onDelete(Pod pod, boolean stateUnknown) {
        Listener listener = listeners.get(pod.getMetadata().getName());
        if (listener != null) {
            listener.seen(pod);
            listener.gone();
        }
    }

    @Override
    public void close() {
        informer.close();
    }
}
