/** What a runtime costs, against the bare machine in the same run. */
@NullMarked
package dev.croft.runtime.bench;

import org.jspecify.annotations.NullMarked;
