package dev.croft.mobility.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * One location as the phone sensed it ({@code background/location} or {@code background/filtered_location}).
 *
 * @param id the entry's {@code _id} as text; orders points written at the same instant
 * @param writeTs when the phone wrote it, epoch seconds
 * @param ts when it was sensed, epoch seconds
 * @param latitude degrees
 * @param longitude degrees
 * @param altitude metres; 0 where the phone gave none
 * @param accuracy radius in metres; NaN where unknown
 * @param speed sensed speed in m/s; NaN where unknown
 * @param heading degrees; NaN where unknown
 * @param filter how the phone thinned this stream; null if it did not say
 * @param zone IANA time zone the phone was in
 */
public record LocationPoint(
        String id,
        double writeTs,
        double ts,
        double latitude,
        double longitude,
        double altitude,
        double accuracy,
        double speed,
        double heading,
        @Nullable TrackFilter filter,
        String zone) {}
