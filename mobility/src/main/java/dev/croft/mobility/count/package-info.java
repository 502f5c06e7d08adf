/**
 * Who was there: whether one person has any location in an area during an interval, as 0 or 1. The bit leaves the private
 * cloud only as part of a query's noisy sum.
 */
@NullMarked
package dev.croft.mobility.count;

import org.jspecify.annotations.NullMarked;
