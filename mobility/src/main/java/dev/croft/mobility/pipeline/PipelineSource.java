package dev.croft.mobility.pipeline;

/**
 * Where an incremental run reads one person's records, such as the documents of a private cloud. Each method is one
 * query; all answers of one run must come from the same state of the data.
 *
 * <p>Sensed records are locations, motions and transitions; {@code background/location} need only be among them if the
 * accuracy filter is on.
 */
public interface PipelineSource {
    /** How many sensed records have {@code metadata.write_ts} at or before that instant. */
    long sensedUpTo(double writeTs);

    /** How many user inputs have {@code data.start_ts} before that instant. */
    long inputsBefore(double startTs);

    /**
     * All sensed records with {@code metadata.write_ts} at or after the one instant, and all user inputs with
     * {@code data.start_ts} at or after the other. Negative infinity asks for everything.
     */
    PipelineInput read(double fromWriteTs, double fromStartTs);
}
