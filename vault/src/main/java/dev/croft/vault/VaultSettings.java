package dev.croft.vault;

import dev.croft.vault.documents.Limits;
import dev.croft.vault.documents.Schema;
import dev.croft.vault.spi.Computation;
import dev.croft.vault.spi.EntryFormat;
import dev.croft.vault.upload.UploadLimits;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a permission manager is made with, the same for every private cloud of a host.
 *
 * @param schema indexes of the documents
 * @param limits of the documents
 * @param uploads limits of uploads
 * @param computations by name
 * @param formats by name
 * @param clock what time it is
 */
public record VaultSettings(
        Schema schema,
        Limits limits,
        UploadLimits uploads,
        Map<String, Computation> computations,
        Map<String, EntryFormat> formats,
        InstantSource clock) {
    /** Takes its own copies. */
    public VaultSettings {
        computations = Map.copyOf(computations);
        formats = Map.copyOf(formats);
    }

    /** Answers leave as JSON, several times the size of the documents, so they are cut to smaller pages than the store's own. */
    private static final Limits LIMITS = new Limits(
            Limits.STANDARD.documentBytes(),
            Limits.STANDARD.batchDocuments(),
            8L << 20,
            Limits.STANDARD.sortedDocuments(),
            Limits.STANDARD.cursors(),
            Limits.STANDARD.cursorIdle(),
            Limits.STANDARD.queryTime());

    /** E-mission's indexes and standard limits, with these plugged in. */
    public static VaultSettings standard(Collection<Computation> computations, Collection<EntryFormat> formats) {
        return new VaultSettings(
                Schema.EMISSION,
                LIMITS,
                UploadLimits.STANDARD,
                computations.stream().collect(Collectors.toMap(Computation::name, Function.identity())),
                formats.stream().collect(Collectors.toMap(EntryFormat::name, Function.identity())),
                InstantSource.system());
    }

    /** Nothing plugged in. */
    public static VaultSettings bare() {
        return standard(List.of(), List.of());
    }
}
