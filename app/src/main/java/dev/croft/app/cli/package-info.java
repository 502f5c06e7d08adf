/** The command line: one class per subcommand, each a thin reading of options around a room's own types. */
@NullMarked
package dev.croft.app.cli;

import org.jspecify.annotations.NullMarked;
