/**
 * Entries: what a phone records, and the long-term form that the pipeline and the private cloud keep.
 *
 * <p>The way of an entry: {@link dev.croft.mobility.entry.EntryReader} frames and parses bytes of unknown origin within
 * bounds, {@link dev.croft.mobility.entry.LongTermFormat} turns what a phone sends into the long-term form, and
 * {@link dev.croft.mobility.entry.EntryIdentity} names it so that uploading twice stores it once. Nothing is dropped
 * silently: each refusal says why.
 */
@NullMarked
package dev.croft.mobility.entry;

import org.jspecify.annotations.NullMarked;
