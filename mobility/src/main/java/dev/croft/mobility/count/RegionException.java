package dev.croft.mobility.count;

/** An area or interval that cannot be asked about; the message says why. */
public final class RegionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RegionException(String message) {
        super(message);
    }
}
