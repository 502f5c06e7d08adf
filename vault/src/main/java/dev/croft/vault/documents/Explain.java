package dev.croft.vault.documents;

/**
 * How a question is answered.
 *
 * @param index the index used: its paths joined by commas, {@code _id}, or empty for a look at the whole collection
 * @param ranges into how many ranges of the index the filter translates
 * @param sorted whether the index gives the order asked for, so that nothing is sorted in memory
 * @param covered whether the ranges hold exactly the documents that match, so that none is decoded to be checked
 */
public record Explain(String index, int ranges, boolean sorted, boolean covered) {}
