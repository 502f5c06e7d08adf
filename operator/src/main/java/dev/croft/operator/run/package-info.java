/** The operator as a process: connection to the API server, lease, writes, metrics. */
@NullMarked
package dev.croft.operator.run;

import org.jspecify.annotations.NullMarked;
