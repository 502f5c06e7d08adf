package dev.croft.operator.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The manifests that come with the operator: {@code crds.yaml} and {@code operator.yaml}. */
public final class Deploy {
    private Deploy() {}

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
