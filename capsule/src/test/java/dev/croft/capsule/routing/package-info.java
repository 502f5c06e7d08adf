/** Names and trust domains. */
@NullMarked
package dev.croft.capsule.routing;

import org.jspecify.annotations.NullMarked;
