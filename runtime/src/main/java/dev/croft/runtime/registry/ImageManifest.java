package dev.croft.runtime.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a manifest names (OCI image-spec 1.0, "Image Manifest"), of the kind that {@link dev.croft.runtime.image.ImageBuilder} writes: one
 * image, its layers not compressed.
 *
 * @param config its configuration
 * @param layers from the lowest on
 */
record ImageManifest(Descriptor config, List<Descriptor> layers) {
    static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
    static final int LONGEST = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final int MOST_LAYERS = 128;
    /** What fits the field of a tar header. */
    private static final long LARGEST = 0_77777777777L;

    ImageManifest {
        layers = List.copyOf(layers);
    }

    /** A blob: its digest and its length in bytes. */
    record Descriptor(Digest digest, long size) {}

    /** Reads one; {@link RegistryException.Mismatch} if it is none, or of another kind. */
    static ImageManifest parse(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            must(json.path("schemaVersion").asInt() == 2
                    && json.path("mediaType").asText(TYPE).equals(TYPE));
            JsonNode layers = json.path("layers");
            must(layers.isArray() && layers.size() <= MOST_LAYERS);
            List<Descriptor> all = new ArrayList<>();
            long whole = 0;
            for (JsonNode layer : layers) {
                all.add(descriptor(layer, LAYER, LARGEST));
                whole += all.getLast().size();
            }
            must(whole <= LARGEST);
            return new ImageManifest(descriptor(json.path("config"), CONFIG, LONGEST), all);
        } catch (IOException | WorkloadException.InvalidSpec e) {
            throw new RegistryException.Mismatch("what is there is no manifest of an image of ours");
        }
    }

    private static Descriptor descriptor(JsonNode json, String type, long largest) {
        long size = json.path("size").canConvertToLong() ? json.path("size").asLong(-1) : -1;
        must(json.path("mediaType").asText().equals(type) && json.path("size").isIntegralNumber());
        must(size >= 0 && size <= largest);
        return new Descriptor(Digest.parse(json.path("digest").asText()), size);
    }

    /** Each blob once, in the order in which an archive has them. */
    SequencedMap<Digest, Long> blobs() {
        SequencedMap<Digest, Long> all = new LinkedHashMap<>();
        all.put(config.digest(), config.size());
        for (Descriptor layer : layers) {
            Long other = all.put(layer.digest(), layer.size());
            must(other == null || other == layer.size());
        }
        return all;
    }

    private static void must(boolean so) {
        if (!so) {
            throw new RegistryException.Mismatch("what is there is no image of ours");
        }
    }
}
