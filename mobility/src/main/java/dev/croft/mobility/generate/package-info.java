/**
 * Made-up people: phone-format traces of walks, rides, gaps and noise from a seed, for demonstrations, tests and
 * benchmarks. No real person's data are in them.
 */
@NullMarked
package dev.croft.mobility.generate;

import org.jspecify.annotations.NullMarked;
