/**
 * What a permission manager says and hears: routes, records, problems, grants, proofs, the owner's key and the client. A room that talks
 * to permission managers needs this package and no other of the vault.
 */
@NullMarked
package dev.croft.vault.api;

import org.jspecify.annotations.NullMarked;
