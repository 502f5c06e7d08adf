package dev.croft.mobility.metrics;

/** A metrics question that cannot be asked: the message says what is wrong with which part of it. */
public final class MetricException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MetricException(String message) {
        super(message);
    }
}
