/** Accounts, catalogue, placement and lifecycle of private clouds and services; queries across people. */
@NullMarked
package dev.croft.router;

import org.jspecify.annotations.NullMarked;
