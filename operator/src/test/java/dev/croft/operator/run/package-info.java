@NullMarked
package dev.croft.operator.run;

import org.jspecify.annotations.NullMarked;
