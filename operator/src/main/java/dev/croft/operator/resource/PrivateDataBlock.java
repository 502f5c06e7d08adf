package dev.croft.operator.resource;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** A private data block as a resource. */
@Group("columbia.github.com")
@Version("v1")
@Plural("privatedatablocks")
@ShortNames({"pb", "pvdb"})
public final class PrivateDataBlock extends CustomResource<BlockSpec, BlockStatus> implements Namespaced {
    private static final long serialVersionUID = 1;

    @Override
    protected @Nullable BlockSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable BlockStatus initStatus() {
        return null;
    }
}
