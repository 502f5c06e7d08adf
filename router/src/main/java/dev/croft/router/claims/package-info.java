/** Budget blocks and claims made durable: a pure core that decides, a journal in SQL, an audit capsule. */
@NullMarked
package dev.croft.router.claims;

import org.jspecify.annotations.NullMarked;
