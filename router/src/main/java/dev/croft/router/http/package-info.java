/** The HTTP API: routes with what each one asks of a token, limits, problems, and the proxy to permission managers. */
@NullMarked
package dev.croft.router.http;

import org.jspecify.annotations.NullMarked;
