@org.jspecify.annotations.NullMarked
package dev.croft.router.oidc;
