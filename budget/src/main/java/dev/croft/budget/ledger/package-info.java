/**
 * The ledger of one owner's budget: blocks of epsilon over windows of time, reserved before a query runs and then
 * committed or given back. Pure: commands are decided into events, events are applied; storing the events is the
 * caller's part (the vault keeps them in the budget capsule).
 */
@NullMarked
package dev.croft.budget.ledger;

import org.jspecify.annotations.NullMarked;
