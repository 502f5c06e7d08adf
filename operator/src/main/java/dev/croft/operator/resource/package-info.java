/**
 * PrivateKube's custom resources, {@code columbia.github.com/v1}, as records: what users write ({@code spec}) and what
 * the operator answers ({@code status}). Unknown fields are ignored, absent ones are null or empty.
 */
@NullMarked
package dev.croft.operator.resource;

import org.jspecify.annotations.NullMarked;
