/**
 * Finding who serves a capsule by its flat 256-bit name. Servers advertise what an owner delegated to them; the resolvers of trust domains, which form
 * a tree, pass advertisements and queries on only where the owner allows it; and whoever gets an answer can check it by itself.
 */
@NullMarked
package dev.croft.capsule.routing;

import org.jspecify.annotations.NullMarked;
