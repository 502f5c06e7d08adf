/**
 * Noise for releases, sampled exactly: integers only, no floating point touches a sample (Canonne, Kamath, Steinke,
 * "The Discrete Gaussian for Differential Privacy", NeurIPS 2020).
 */
@NullMarked
package dev.croft.budget.noise;

import org.jspecify.annotations.NullMarked;
