package dev.croft.router.query;

/**
 * A private cloud whose owner granted the coordinator a computation.
 *
 * @param cloudId the private cloud
 * @param grantId the grant that names the coordinator's key as its holder
 */
public record Enrolment(String cloudId, String grantId) {}
