package dev.croft.app.cli;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.ServiceDigest;
import dev.croft.vault.api.ServiceStatement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A catalogue entry as its owner is shown it: its digest and its publisher's signature are checked here, whatever the router said.
 *
 * @param signer who signed it; {@code null}: nobody
 */
record ShownService(
        CatalogueEntry entry,
        ServiceDefinition definition,
        @Nullable VerifyingKey signer) {

    /**
     * Checks an entry.
     *
     * @param publisher {@code FILE.pub} of whoever must have signed it; {@code null}: anybody, or nobody
     * @throws CommandException with {@link ExitStatus#UNVERIFIED} if it is not what it says
     */
    static ShownService of(CatalogueEntry entry, @Nullable Path publisher) throws IOException {
        ServiceDefinition definition =
                Json.read(entry.definition().getBytes(StandardCharsets.UTF_8), ServiceDefinition.class);
        if (!ServiceDigest.of(entry.program(), definition.command()).equals(entry.digest())) {
            throw new CommandException(ExitStatus.UNVERIFIED, "the digest is not that of the program and command");
        }
        if (definition.statement() == null && publisher == null) {
            return new ShownService(entry, definition, null);
        }
        VerifyingKey signer;
        try {
            signer = definition.signer(entry.name(), entry.version(), entry.program());
        } catch (RouterException.Forbidden e) {
            throw new CommandException(ExitStatus.UNVERIFIED, String.valueOf(e.getMessage()));
        }
        String hex = HexFormat.of().formatHex(signer.encoded());
        if (publisher != null
                && (Files.size(publisher) > 1024
                        || !Files.readString(publisher).strip().equals(hex))) {
            throw new CommandException(ExitStatus.UNVERIFIED, "the service is signed by another publisher, " + hex);
        }
        return new ShownService(entry, definition, signer);
    }

    /** The signer as grants name it; {@code null}: nobody signed it. */
    @Nullable
    String publisher() {
        return signer == null ? null : Base64Url.encode(signer.encoded());
    }

    /** What it is, for people a line for each field. */
    Map<String, Object> show(Output output) {
        ServiceStatement statement = definition.statement();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", entry.name());
        shown.put("version", entry.version());
        shown.put("digest", entry.digest());
        shown.put("program", entry.program());
        shown.put("command", definition.command());
        shown.put("description", definition.description());
        shown.put("reads", statement == null ? List.of() : statement.reads());
        shown.put("writes", statement == null ? List.of() : statement.writes());
        shown.put("emits", statement == null ? List.of() : statement.emits());
        if (definition.placing() != null) {
            shown.put("runs with", definition.placing().wishes());
        }
        shown.put("publisher", signer == null ? "not signed" : HexFormat.of().formatHex(signer.encoded()));
        shown.forEach((field, value) ->
                output.line("%-12s %s", field, value instanceof List<?> list ? String.join(", ", words(list)) : value));
        return shown;
    }

    private static List<String> words(List<?> list) {
        return list.stream().map(String::valueOf).toList();
    }
}
