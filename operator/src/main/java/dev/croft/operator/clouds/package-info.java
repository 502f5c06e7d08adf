/** Private clouds as custom resources: what is asked for and what is seen, reconciled with the router's registry, which stays the truth. */
@NullMarked
package dev.croft.operator.clouds;

import org.jspecify.annotations.NullMarked;
