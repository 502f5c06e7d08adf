package dev.croft.vault.documents;

import java.util.Optional;
import org.bson.BsonValue;

/**
 * What an update or replacement did.
 *
 * @param matched documents found
 * @param modified documents whose contents changed
 * @param upserted the {@code _id} of the document made because none was found
 */
public record UpdateReport(long matched, long modified, Optional<BsonValue> upserted) {}
