/**
 * The mobility services as programs: each runs in a sandbox for one launch, reads and writes one private cloud through
 * its door under the grant it was given, and ends. The contract between a service and its door is in
 * {@code docs/services.md}; nothing here is needed to write another service.
 */
@NullMarked
package dev.croft.mobility.service;

import org.jspecify.annotations.NullMarked;
