/** OCI images made from directories, without an engine and byte for byte the same each time. */
@NullMarked
package dev.croft.runtime.image;

import org.jspecify.annotations.NullMarked;
