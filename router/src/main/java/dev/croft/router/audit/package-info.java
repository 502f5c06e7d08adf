/** What operators did, in a capsule that owners can read where it concerns them. */
@NullMarked
package dev.croft.router.audit;

import org.jspecify.annotations.NullMarked;
