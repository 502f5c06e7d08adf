/** Logging in at an OpenID Connect provider, and its tokens as proof of who asks. */
@NullMarked
package dev.croft.router.oidc;

import org.jspecify.annotations.NullMarked;
