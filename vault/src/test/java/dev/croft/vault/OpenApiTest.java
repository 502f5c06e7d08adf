package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.croft.vault.api.PmRoute;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

    private JsonNode description;

    @BeforeAll
    void read() throws IOException {
        try (var in = PmRoute.class.getResourceAsStream("/openapi-pm.yaml")) {
            description = new YAMLMapper().readTree(in);
        }
    }

    @Test
    void theDescriptionHasEveryRouteWithItsAccessAndNoOther() {
        var described = new TreeMap<String, String>();
        description
                .get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    if (METHODS.contains(operation.getKey())) {
                        described.put(
                                operation.getKey() + " " + path.getKey(),
                                operation.getValue().get("tags").get(0).asText());
                    }
                }));
        var routes = new TreeMap<String, String>();
        Arrays.stream(PmRoute.values())
                .forEach(route -> routes.put(
                        route.method().toLowerCase(Locale.ROOT) + " " + route.template(),
                        route.access().name().toLowerCase(Locale.ROOT)));
        assertThat(described).isEqualTo(routes);
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        var missing = new TreeSet<String>();
        description.findValues("$ref").forEach(reference -> {
            String pointer = reference.asText().substring(1);
            if (description.at(pointer).isMissingNode()) {
                missing.add(pointer);
            }
        });
        assertThat(missing).isEmpty();
    }
}
