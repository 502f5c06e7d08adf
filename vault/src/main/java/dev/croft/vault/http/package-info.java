/** HTTP as the vault needs it: bounded requests, problems, proofs, and the TLS server. */
@NullMarked
package dev.croft.vault.http;

import org.jspecify.annotations.NullMarked;
