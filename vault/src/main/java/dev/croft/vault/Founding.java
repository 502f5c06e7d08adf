package dev.croft.vault;

import dev.croft.capsule.CapsuleReader;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.audit.AuditTrail;
import dev.croft.vault.store.OpenCapsule;
import dev.croft.vault.store.OwnerCapsule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The first record of the audit: that the private cloud was made, and with what budget. It comes back with the capsules wherever they go. */
final class Founding {
    private static final String OPERATION = "cloud_create";

    private Founding() {}

    static void record(OpenCapsule audit, BudgetPolicy policy) {
        if (audit.size() == 0) {
            String detail = new String(Json.write(policy), StandardCharsets.UTF_8);
            new AuditTrail(audit).record(AuditTrail.Event.ok("host", OPERATION, "", 1, detail));
        }
    }

    /**
     * The budget that the private cloud in a directory was made with.
     *
     * @throws ProblemException {@link ProblemCode#CONFLICT} when its audit does not say
     */
    static BudgetPolicy policy(Path directory, OwnerKey key) {
        try (CapsuleReader audit = CapsuleReader.open(directory.resolve(OwnerCapsule.AUDIT.id()), key.readerKey())) {
            if (audit.size() > 0) {
                AuditEntry first = AuditTrail.decode(audit.read(0));
                if (first.operation().equals(OPERATION)) {
                    return Json.read(first.detail().getBytes(StandardCharsets.UTF_8), BudgetPolicy.class);
                }
            }
        }
        throw new ProblemException(ProblemCode.CONFLICT, "the private cloud's audit does not begin with its making");
    }
}
