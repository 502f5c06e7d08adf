/** What a capsule's owner lets others do: certificates with scope and expiry, and their revocation. */
@NullMarked
package dev.croft.capsule.delegation;

import org.jspecify.annotations.NullMarked;
