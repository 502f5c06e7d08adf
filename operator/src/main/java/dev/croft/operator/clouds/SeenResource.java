package dev.croft.operator.clouds;

/**
 * A resource as the API server has it.
 *
 * @param name of the resource, which is the private cloud's id
 * @param uid tells it from an earlier one of that name
 * @param version what a conditional write names
 * @param leaving whether somebody deletes it and a finalizer of somebody's keeps it
 */
public record SeenResource(
        String name,
        String uid,
        String version,
        long generation,
        boolean leaving,
        CloudSpec spec,
        CloudStatus status) {}
