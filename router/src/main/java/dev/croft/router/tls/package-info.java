/** Certificates between client, router and PM hosts: Croft's own authority, or the operator's certificate. */
@NullMarked
package dev.croft.router.tls;

import org.jspecify.annotations.NullMarked;
