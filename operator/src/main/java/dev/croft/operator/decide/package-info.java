/**
 * What the operator decides, without threads, clocks or connections: resources in, status writes out. The truth is what
 * the resources' status says; everything here can be thrown away between any two writes and opened again from there.
 */
@NullMarked
package dev.croft.operator.decide;

import org.jspecify.annotations.NullMarked;
