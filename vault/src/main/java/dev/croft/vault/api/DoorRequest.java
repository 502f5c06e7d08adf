package dev.croft.vault.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a door for one launch of a service.
 *
 * @param grantId the grant the service will use
 * @param service the service's name in the catalogue: several may be made of the same files
 * @param program digest of the files or the image that will be launched, which the runtime checks
 * @param command what will be run of it; with the program it makes the digest that the grant names
 * @param launchId names the launch; one door per launch
 * @param entry the rest of the catalogue entry, if a publisher signed it
 */
public record DoorRequest(
        String grantId,
        String service,
        String program,
        List<String> command,
        String launchId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ServiceEntry entry) {
    /** @throws IllegalArgumentException if that cannot be a service */
    public DoorRequest {
        command = List.copyOf(command);
        ServiceDigest.check(program, command);
    }

    /** For a service that nobody signed. */
    public DoorRequest(String grantId, String service, String program, List<String> command, String launchId) {
        this(grantId, service, program, command, launchId, null);
    }

    /** The digest of the service, which the grant must name. */
    public String digest() {
        return ServiceDigest.of(program, command);
    }
}
