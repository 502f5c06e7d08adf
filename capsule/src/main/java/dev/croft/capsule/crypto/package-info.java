/** Keys, signatures and key wrapping: Ed25519, X25519 and HPKE behind small types that never print a secret. */
@NullMarked
package dev.croft.capsule.crypto;

import org.jspecify.annotations.NullMarked;
