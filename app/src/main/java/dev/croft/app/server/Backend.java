package dev.croft.app.server;

import dev.croft.router.RouterServer;
import dev.croft.router.placement.HostProgram;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import dev.croft.runtime.pool.Kind;
import dev.croft.runtime.process.ProcessRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** What private clouds' hosts and services run on. */
public enum Backend {
    /** Processes of this machine, under bubblewrap where that is installed. */
    PROCESS {
        @Override
        Parts open(
                Home home,
                Installation installation,
                boolean requireIsolation,
                Quarters quarters,
                Optional<String> image,
                Consumer<String> tell) {
            if (image.isPresent()) {
                throw new WorkloadException.InvalidSpec("processes run from no image");
            }
            quarters.services().refuse("processes");
            quarters.hosts().refuse("processes");
            quarters.refuseRuntimes("processes");
            HostPrograms hosts = new HostPrograms(installation);
            return new Parts(
                    ProcessRuntime.open(home.runtime(), new ProcessRuntime.Options(requireIsolation, true)),
                    hosts,
                    WaitingHost.kinds(hosts::waiting));
        }
    },
    /** Containers of this machine's Docker engine. */
    DOCKER {
        @Override
        Parts open(
                Home home,
                Installation installation,
                boolean requireIsolation,
                Quarters quarters,
                Optional<String> image,
                Consumer<String> tell) {
            try {
                tell.accept("Preparing the container image");
                CroftImage from = CroftImage.of(home, installation, image);
                DockerRuntime runtime = DockerRuntime.open(
                        home.runtime(),
                        new DockerRuntime.Options(
                                DockerRuntime.usualSocket(), Optional.of(from.program()), quarters, requireIsolation));
                try {
                    from.archive().ifPresent(archive -> runtime.loadIfAbsent(from.program(), archive));
                } catch (RuntimeException e) {
                    runtime.close();
                    throw e;
                }
                return containers(runtime, from);
            } catch (IOException e) {
                throw new WorkloadException.Backend("cannot make the container image", e);
            }
        }
    },
    /** Pods of the Kubernetes cluster that {@code KUBECONFIG} names, on this machine, which is its node. */
    KUBERNETES {
        @Override
        Parts open(
                Home home,
                Installation installation,
                boolean requireIsolation,
                Quarters quarters,
                Optional<String> image,
                Consumer<String> tell) {
            quarters.refuseRuntimes("pods");
            try {
                tell.accept("Preparing the container image");
                CroftImage from = CroftImage.of(home, installation, image);
                Path clouds = home.router().resolve("clouds");
                KubernetesRuntime runtime = KubernetesRuntime.open(
                        home.runtime(),
                        KubernetesRuntime.Options.of(home.root())
                                .withBase(from.program())
                                .withRequireIsolation(requireIsolation)
                                .withQuarters(quarters)
                                .withOwner(path -> clouds.equals(path.getParent())
                                        ? Optional.of("cloud-" + path.getFileName())
                                        : Optional.empty()));
                try {
                    from.archive().ifPresent(archive -> runtime.loadIfAbsent(from.program(), archive));
                } catch (RuntimeException e) {
                    runtime.close();
                    throw e;
                }
                return containers(runtime, from).withBeside(router -> CloudResources.start(router.clouds(), runtime));
            } catch (IOException e) {
                throw new WorkloadException.Backend("cannot make the container image", e);
            }
        }
    };

    /**
     * What a backend brings.
     *
     * @param hosts how the runtime runs hosts of private clouds
     * @param waiting which of them may wait warm
     * @param beside begins what runs beside a router that serves, until it is closed
     */
    record Parts(
            Runtime runtime,
            HostProgram.Source hosts,
            Kind.Source waiting,
            Function<RouterServer, AutoCloseable> beside) {
        Parts(Runtime runtime, HostProgram.Source hosts, Kind.Source waiting) {
            this(runtime, hosts, waiting, _ -> () -> {});
        }

        Parts withBeside(Function<RouterServer, AutoCloseable> value) {
            return new Parts(runtime, hosts, waiting, value);
        }
    }

    private static Parts containers(Runtime runtime, CroftImage image) {
        ContainerHostPrograms hosts = new ContainerHostPrograms(image.program());
        return new Parts(runtime, hosts, WaitingHost.kinds(hosts::waiting));
    }

    /**
     * Opens the runtime whose state is in this home.
     *
     * @param quarters where and in what workloads may run
     * @param image what hosts and services run from, in place of an image that is made of this program; see {@link CroftImage}
     * @param tell is told of what takes long
     * @throws WorkloadException when the backend cannot do so, the engine does not answer, or isolation is required and not to be had
     */
    abstract Parts open(
            Home home,
            Installation installation,
            boolean requireIsolation,
            Quarters quarters,
            Optional<String> image,
            Consumer<String> tell);
}
