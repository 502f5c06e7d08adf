/** Images in registries, by the OCI distribution specification 1.1: sent as they are, fetched by their digests. */
@NullMarked
package dev.croft.runtime.registry;

import org.jspecify.annotations.NullMarked;
