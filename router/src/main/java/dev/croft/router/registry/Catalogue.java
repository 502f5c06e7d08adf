package dev.croft.router.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.vault.api.ServiceDigest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The service catalogue. */
public final class Catalogue {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+-]{0,31}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private final Database db;
    private final Clock clock;

    /** As it is stored; {@code digest} is the program's alone. */
    record Row(
            String name,
            String version,
            String digest,
            String definition,
            String addedBy,
            Instant added,
            @Nullable Instant withdrawn) {
        CatalogueEntry entry() {
            return new CatalogueEntry(
                    name,
                    version,
                    ServiceDigest.of(digest, command(definition)),
                    digest,
                    definition,
                    addedBy,
                    added,
                    withdrawn);
        }

        private static List<String> command(String definition) {
            JsonNode words = Json.read(definition.getBytes(StandardCharsets.UTF_8), JsonNode.class)
                    .path("command");
            List<String> command = new ArrayList<>();
            words.forEach(word -> command.add(word.asText()));
            return command;
        }
    }

    Catalogue(Database db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /**
     * Adds an entry. Adding the same again changes nothing.
     *
     * @param program digest of its files or image
     * @throws RouterException.Conflict when this version has another program or definition
     */
    public CatalogueEntry add(String name, String version, String program, String definition, String addedBy) {
        if (!NAME.matcher(name).matches()
                || !VERSION.matcher(version).matches()
                || !DIGEST.matcher(program).matches()) {
            throw new RouterException.Invalid("a service has a name, a version and a sha256: digest");
        }
        db.change(handle -> handle.createUpdate(
                        "INSERT INTO catalogue (name, version, digest, definition, added_by, added)"
                                + " VALUES (:name, :version, :digest, :definition, :addedBy, :added) ON CONFLICT DO NOTHING")
                .bind("name", name)
                .bind("version", version)
                .bind("digest", program)
                .bind("definition", definition)
                .bind("addedBy", addedBy)
                .bind("added", clock.instant())
                .execute());
        CatalogueEntry kept = find(name, version).orElseThrow(() -> new RouterException.NotFound("service"));
        if (!kept.program().equals(program) || !kept.definition().equals(definition)) {
            throw new RouterException.Conflict("this version is in the catalogue with another definition");
        }
        return kept;
    }

    public Optional<CatalogueEntry> find(String name, String version) {
        return db.read(handle -> handle.createQuery("SELECT * FROM catalogue WHERE name = :name AND version = :version")
                .bind("name", name)
                .bind("version", version)
                .mapTo(Row.class)
                .map(Row::entry)
                .findOne());
    }

    /** The entry added last under a name that is not withdrawn. */
    public Optional<CatalogueEntry> newest(String name) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM catalogue WHERE name = :name AND withdrawn IS NULL ORDER BY added DESC LIMIT 1")
                .bind("name", name)
                .mapTo(Row.class)
                .map(Row::entry)
                .findOne());
    }

    public List<CatalogueEntry> list() {
        return db.read(handle -> handle.createQuery("SELECT * FROM catalogue ORDER BY name, added DESC LIMIT 10000")
                .mapTo(Row.class)
                .map(Row::entry)
                .list());
    }

    /** Takes an entry out of use; running launches go on. */
    public void withdraw(String name, String version) {
        int known = db.write(handle -> handle.createUpdate("UPDATE catalogue"
                        + " SET withdrawn = COALESCE(withdrawn, :now) WHERE name = :name AND version = :version")
                .bind("now", clock.instant())
                .bind("name", name)
                .bind("version", version)
                .execute());
        if (known == 0) {
            throw new RouterException.NotFound("service");
        }
    }
}
