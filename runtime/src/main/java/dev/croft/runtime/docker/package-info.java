/** The Docker backend: workloads are containers of an engine on this host, spoken to over its Unix-domain socket. */
@NullMarked
package dev.croft.runtime.docker;

import org.jspecify.annotations.NullMarked;
