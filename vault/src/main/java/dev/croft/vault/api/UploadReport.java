package dev.croft.vault.api;

import java.util.List;
import java.util.Map;

/**
 * What became of the entries of an upload.
 *
 * @param taken stored now
 * @param alreadyThere stored before, left as they are
 * @param refused kept aside in the collection {@code refused}
 * @param reasons how many were refused for which reason
 * @param examples the first few that were refused
 */
public record UploadReport(
        long taken, long alreadyThere, long refused, Map<String, Long> reasons, List<RefusedEntry> examples) {
    /**
     * A refused entry.
     *
     * @param index its place in the upload, from 0
     * @param reason why
     */
    public record RefusedEntry(long index, String reason) {}
}
