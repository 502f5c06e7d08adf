package dev.croft.vault.upload;

/**
 * What one upload may be.
 *
 * @param bodyBytes as it arrives
 * @param plainBytes decompressed
 * @param entries how many
 * @param refusedKept how many refused entries are kept aside; more are counted only
 */
public record UploadLimits(long bodyBytes, long plainBytes, long entries, int refusedKept) {
    /** 256 MiB, 2 GiB, ten million entries, 1,000 of them refused. */
    public static final UploadLimits STANDARD = new UploadLimits(256L << 20, 2L << 30, 10_000_000, 1_000);
}
