/** What the documents say, tried. */
@NullMarked
package dev.croft.app.docs;

import org.jspecify.annotations.NullMarked;
