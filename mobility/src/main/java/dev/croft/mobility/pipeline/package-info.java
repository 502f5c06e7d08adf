/**
 * The e-mission intake pipeline as pure functions over records: no I/O, no clock, no network.
 *
 * <p>Start at {@link dev.croft.mobility.pipeline.Pipeline} for one run over everything, at {@link
 * dev.croft.mobility.pipeline.IncrementalPipeline} for resumable runs, and at {@link
 * dev.croft.mobility.pipeline.MobilityRun} for files. Each stage is one class named after it.
 *
 * <p>Times are epoch seconds (UTC), coordinates degrees (WGS 84), distances metres, durations seconds, speeds metres
 * per second.
 */
@NullMarked
package dev.croft.mobility.pipeline;

import org.jspecify.annotations.NullMarked;
