/** The grants capsule, and what a grant means for each request. */
@NullMarked
package dev.croft.vault.grants;

import org.jspecify.annotations.NullMarked;
