package dev.croft.vault.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a signed catalogue entry has besides name and program, as it goes to the permission manager, which checks it itself.
 *
 * @param version as in the catalogue
 * @param definition the JSON object that was signed, see {@link ServiceSignature}; up to 100,000 characters
 * @param statement what its publisher says of it, signed
 */
public record ServiceEntry(String version, String definition, ServiceStatement statement) {
    private static final int LONGEST = 100_000;

    /** @throws IllegalArgumentException if the definition is too long */
    public ServiceEntry {
        if (definition.length() > LONGEST || version.length() > 200) {
            throw new IllegalArgumentException("a definition has up to " + LONGEST + " characters");
        }
    }

    /**
     * The command in the definition.
     *
     * @throws ProblemException {@link ProblemCode#MALFORMED_REQUEST} if it is not one JSON object with a command
     */
    public List<String> command() {
        JsonNode command = Json.read(definition.getBytes(StandardCharsets.UTF_8), JsonNode.class)
                .get("command");
        var words = new ArrayList<String>();
        if (command != null && command.isArray()) {
            for (JsonNode word : command) {
                words.add(word.isTextual() ? word.textValue() : "");
            }
        }
        if (words.isEmpty()) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "the definition has no command");
        }
        return List.copyOf(words);
    }
}
