package dev.croft.runtime.kubernetes;

import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Directories of the node as volumes that pods may claim. One claim covers the runtime's files, of which a pod gets only the parts named
 * at its launch; what has an owner has a claim of its own. A claim that was deleted is made again over the same directory, and so finds
 * what was in it. Thread-safe.
 */
final class Claims {
    private static final String PATH = "croft.dev/path";
    /** A directory's claim needs a size; what bounds what is in it is elsewhere. */
    private static final Quantity SIZE = new Quantity("1Gi");

    private final Cluster cluster;
    private final String runtime;
    private final String node;
    private final Path files;
    private final Path realFiles;
    private final Function<Path, Optional<String>> owner;

    /** Part of a claim: what is at {@code subPath} below the claimed directory, or all of it where that is empty. */
    record Place(String claim, Path directory, String subPath) {}

    /**
     * @param files the directory whose parts pods get without a claim of their own
     * @param owner names what has a claim of its own, by its directory
     */
    Claims(Cluster cluster, String runtime, String node, Path files, Function<Path, Optional<String>> owner)
            throws IOException {
        this.cluster = cluster;
        this.runtime = runtime;
        this.node = node;
        this.files = files.toAbsolutePath().normalize();
        this.realFiles = files.toRealPath();
        this.owner = owner;
    }

    /** Where a pod finds this file or directory of the node. */
    Place place(Path path) {
        Optional<String> owned = owner.apply(path);
        if (owned.isPresent()) {
            return new Place(owned.get(), path, "");
        }
        // Links on the way to it are followed, links within it never: a workload may have put them there.
        for (Path base : List.of(files, realFiles)) {
            if (path.startsWith(base)) {
                return new Place(
                        "croft-" + runtime, realFiles, base.relativize(path).toString());
            }
        }
        // Doors of an installation deep in the file system are elsewhere, a directory of them for each host.
        Path directory = Files.isDirectory(path) && path.getNameCount() <= 2 ? path : path.getParent();
        if (directory == null || directory.getNameCount() < 2) {
            throw new WorkloadException.InvalidSpec("a mount lies outside of the runtime's files: " + path);
        }
        String name = "files-"
                + Digest.of(directory.toString().getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 12);
        return new Place(name, directory, directory.relativize(path).toString());
    }

    private String volume(String claim) {
        return "croft-" + runtime + "-" + claim;
    }

    /** Makes a claim of this directory, unless it is there, and waits until it is bound. */
    void ensure(String claim, Path directory) {
        Cluster.await(
                () -> {
                    PersistentVolumeClaim there = claim(claim).get();
                    PersistentVolume volume = cluster.client()
                            .persistentVolumes()
                            .withName(volume(claim))
                            .get();
                    if (leaving(volume) && there != null && !leaving(there)) {
                        // Somebody deletes the volume, which waits for its claim to go; both are made again.
                        claim(claim).delete();
                    }
                    if (leaving(there) || leaving(volume)) {
                        return false;
                    }
                    if (there != null
                            && volume != null
                            && "Bound".equals(there.getStatus().getPhase())) {
                        return true;
                    }
                    if (volume == null) {
                        create(() -> cluster.client()
                                .resource(newVolume(claim, directory))
                                .create());
                    } else if (there == null
                            && "Released".equals(volume.getStatus().getPhase())) {
                        // Its claim was deleted: it may be claimed again, by that name only.
                        cluster.client()
                                .persistentVolumes()
                                .withName(volume(claim))
                                .edit(v -> {
                                    v.getSpec().getClaimRef().setUid(null);
                                    v.getSpec().getClaimRef().setResourceVersion(null);
                                    return v;
                                });
                    }
                    if (there == null) {
                        create(() -> cluster.client()
                                .resource(newClaim(claim, directory))
                                .create());
                    }
                    return false;
                },
                "the claim " + claim);
    }

    private static boolean leaving(@Nullable HasMetadata resource) {
        return resource != null && resource.getMetadata().getDeletionTimestamp() != null;
    }

    private static void create(Runnable create) {
        try {
            create.run();
        } catch (KubernetesClientException e) {
            if (!Cluster.is(e, HttpURLConnection.HTTP_CONFLICT)) {
                throw e;
            }
        }
    }

    private Resource<PersistentVolumeClaim> claim(String name) {
        return cluster.client()
                .persistentVolumeClaims()
                .inNamespace(cluster.namespace())
                .withName(name);
    }

    private PersistentVolume newVolume(String claim, Path directory) {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(volume(claim))
                .addToLabels(Cluster.RUNTIME_LABEL, runtime)
                .endMetadata()
                .withNewSpec()
                .addToCapacity("storage", SIZE)
                .withAccessModes("ReadWriteMany")
                .withPersistentVolumeReclaimPolicy("Retain")
                .withStorageClassName("")
                .withNewClaimRef()
                .withApiVersion("v1")
                .withKind("PersistentVolumeClaim")
                .withNamespace(cluster.namespace())
                .withName(claim)
                .endClaimRef()
                .withNewLocal()
                .withPath(directory.toString())
                .endLocal()
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey("kubernetes.io/hostname")
                .withOperator("In")
                .withValues(node)
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();
    }

    private PersistentVolumeClaim newClaim(String claim, Path directory) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(claim)
                .withNamespace(cluster.namespace())
                .addToLabels(Cluster.RUNTIME_LABEL, runtime)
                .addToAnnotations(PATH, directory.toString())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteMany")
                .withStorageClassName("")
                .withVolumeName(volume(claim))
                .withNewResources()
                .addToRequests("storage", SIZE)
                .endResources()
                .endSpec()
                .build();
    }

    /** Deletes the claims of directories that are there no more, or all; what is in a directory stays. */
    void sweep(boolean all) {
        for (PersistentVolumeClaim claim : cluster.client()
                .persistentVolumeClaims()
                .inNamespace(cluster.namespace())
                .withLabel(Cluster.RUNTIME_LABEL, runtime)
                .list()
                .getItems()) {
            String path = claim.getMetadata().getAnnotations().get(PATH);
            if (all || path == null || !Files.exists(Path.of(path))) {
                cluster.client().resource(claim).delete();
            }
        }
        for (PersistentVolume volume : cluster.client()
                .persistentVolumes()
                .withLabel(Cluster.RUNTIME_LABEL, runtime)
                .list()
                .getItems()) {
            if (all || !Files.exists(Path.of(volume.getSpec().getLocal().getPath()))) {
                cluster.client().resource(volume).delete();
            }
        }
    }
}
