@NullMarked
package dev.croft.operator.decide;

import org.jspecify.annotations.NullMarked;
