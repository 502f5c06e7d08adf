package dev.croft.capsule;

/**
 * A place in a capsule's files.
 *
 * @param file path inside the capsule's directory, with {@code /} between names
 * @param offset bytes from the start of that file
 * @param sequence the record there, or the next one expected there
 */
public record Position(String file, long offset, long sequence) {
    /** For example {@code segments/00000000000000000000.seg at byte 421, record 3}. */
    @Override
    public String toString() {
        return file + " at byte " + offset + ", record " + sequence;
    }
}
