/**
 * Metrics of a person's sections: how often, how far, how long and how fast by mode, per day, month or year.
 *
 * <p>Two uses. {@link dev.croft.mobility.metrics.Metrics} answers the owner, in the shape of e-mission's result API.
 * {@link dev.croft.mobility.metrics.SumQuery} is one person's bounded share of a sum across people, to which the query
 * adds noise. All are pure functions.
 */
@NullMarked
package dev.croft.mobility.metrics;

import org.jspecify.annotations.NullMarked;
