@NullMarked
package dev.croft.app.example;

import org.jspecify.annotations.NullMarked;
