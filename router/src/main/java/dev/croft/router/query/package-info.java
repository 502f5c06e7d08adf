/**
 * Queries across people: the coordinator offers, plans, reserves, runs, settles and adds noise. {@link QueryPlanner} decides and has
 * no effects; {@link Coordinator} has the effects and writes to the journal before each.
 */
@NullMarked
package dev.croft.router.query;

import org.jspecify.annotations.NullMarked;
