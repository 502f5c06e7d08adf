/** What the tests of other rooms use too. */
@NullMarked
package dev.croft.router.testing;

import org.jspecify.annotations.NullMarked;
