package dev.croft.operator.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The manifests of what runs on a cluster: the operator's, {@code crds.yaml} and {@code operator.yaml}, and the router's. */
public final class Deploy {
    private static final List<String> CHART = List.of(
            "Chart.yaml",
            "values.yaml",
            "values.schema.json",
            "templates/_pod.tpl",
            "templates/router.yaml",
            "templates/oidc.yaml",
            "templates/retire.yaml",
            "templates/NOTES.txt");

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

    /**
     * Writes the router's Helm chart into a new directory: templates that set values in the same manifests, which are a file of the chart.
     *
     * @param version of the chart and of what it runs, in Semantic Versioning
     */
    public static void writeChart(Path directory, String version) throws IOException {
        Files.createDirectories(directory);
        try (var there = Files.list(directory)) {
            if (there.findAny().isPresent()) throw new FileAlreadyExistsException(directory.toString());
        }
        for (String name : List.of("templates", "files", "crds")) Files.createDirectory(directory.resolve(name));
        for (String name : CHART)
            Files.writeString(directory.resolve(name), text("chart/" + name).replace("0.0.0", version));
        Files.writeString(directory.resolve("files/router.yaml"), router(false));
        Files.writeString(directory.resolve("crds/privateclouds.yaml"), text("privateclouds.yaml"));
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
