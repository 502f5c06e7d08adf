/** A small pipeline that pays for what it learns. */
@NullMarked
package dev.croft.app.example;

import org.jspecify.annotations.NullMarked;
