package dev.croft.operator.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The manifests of what runs on a cluster: the operator's, {@code crds.yaml} and {@code operator.yaml}, and the router's. */
public final class Deploy {
    private Deploy() {}

    /**
     * The router's manifests.
     *
     * @param old whether the cluster is older than version 1.21, which has disruption budgets under another version
     */
    public static String router(boolean old) {
        String text = text("router.yaml");
        return old ? text.replace("apiVersion: policy/v1\n", "apiVersion: policy/v1beta1\n") : text;
    }

    /** The text of a manifest. */
    public static String text(String name) {
        try (InputStream in = Deploy.class.getResourceAsStream("/dev/croft/operator/deploy/" + name)) {
            if (in == null) throw new IllegalArgumentException("no manifest " + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
