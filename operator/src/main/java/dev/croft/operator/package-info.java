/** Privacy budget as Kubernetes resources: the resources, what is decided about them, and the process that does so. */
@NullMarked
package dev.croft.operator;

import org.jspecify.annotations.NullMarked;
