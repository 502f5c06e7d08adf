/** Several routers, one on each machine, over one registry: leases, homes of private clouds, who leads, and what is passed on. */
@NullMarked
package dev.croft.router.fleet;

import org.jspecify.annotations.NullMarked;
