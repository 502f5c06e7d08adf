/** Registries that do not keep to the protocol, and what reads their answers. */
@NullMarked
package dev.croft.runtime.registry;

import org.jspecify.annotations.NullMarked;
