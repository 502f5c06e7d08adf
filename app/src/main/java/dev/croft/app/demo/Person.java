package dev.croft.app.demo;

import java.util.function.Supplier;

/**
 * Whose data the demonstration uses.
 *
 * @param name of their account and key file
 * @param entries what their phone recorded: JSON, plain or gzip
 */
public record Person(String name, Supplier<byte[]> entries) {}
