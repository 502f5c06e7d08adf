package dev.croft.operator.resource;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** A privacy budget claim as a resource. */
@Group("columbia.github.com")
@Version("v1")
@Plural("privacybudgetclaims")
@ShortNames("pbc")
public final class PrivacyBudgetClaim extends CustomResource<ClaimSpec, ClaimStatus> implements Namespaced {
    private static final long serialVersionUID = 1;

    @Override
    protected @Nullable ClaimSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable ClaimStatus initStatus() {
        return null;
    }
}
