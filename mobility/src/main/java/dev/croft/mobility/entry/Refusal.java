package dev.croft.mobility.entry;

import java.util.Locale;

/**
 * Why an entry was not taken.
 *
 * @param reason the kind of fault, stable for programs
 * @param detail the fault in words, never with the value of a coordinate
 */
public record Refusal(Reason reason, String detail) {
    /** The kinds of fault an entry can have. */
    public enum Reason {
        /** The text is not JSON, or holds a duplicate key or an extended JSON type that is not known. */
        MALFORMED,
        /** The entry is nested deeper than allowed. */
        TOO_DEEP,
        /** The entry's text is longer than allowed. */
        TOO_LARGE,
        /** The JSON value is not an object. */
        NOT_AN_OBJECT,
        /** A field that its format demands is absent. */
        MISSING_FIELD,
        /** A field has a type that it must not have. */
        WRONG_TYPE,
        /** A field's value lies outside what it can mean. */
        OUT_OF_RANGE,
        /** The time zone is not in the time-zone database. */
        UNKNOWN_TIME_ZONE,
        /** A phone's name for an activity, state or transition is not known. */
        UNKNOWN_NAME,
        /** An iOS activity has two flags set that cannot hold together. */
        AMBIGUOUS_ACTIVITY;

        /** The name in lower case with dashes, as reports print it. */
        public String code() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    static Refusal missing(String field) {
        return new Refusal(Reason.MISSING_FIELD, field + " is missing");
    }

    static Refusal wrongType(String field, String expected) {
        return new Refusal(Reason.WRONG_TYPE, field + " must be " + expected);
    }

    static Refusal outOfRange(String field, String range) {
        return new Refusal(Reason.OUT_OF_RANGE, field + " must be " + range);
    }

    @Override
    public String toString() {
        return reason.code() + ": " + detail;
    }
}
