package dev.croft.capsule.delegation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation.Role;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DelegationTest {
    private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2026-02-01T00:00:00Z");
    private static final Instant NOW = Instant.parse("2026-01-15T00:00:00Z");

    private final SigningKey owner = SigningKey.generate();
    private final SigningKey writer = SigningKey.generate();
    private final VerifyingKey server = SigningKey.generate().verifyingKey();
    private final CapsuleMetadata metadata =
            CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "test");
    private final Revocations none = Revocations.none(metadata.name());
    private final Delegation serve = Delegation.issue(owner, metadata.name(), Role.SERVE, server, FROM, UNTIL);

    private static void refused(Runnable check) {
        assertThatThrownBy(check::run).isInstanceOf(Delegation.Refused.class);
    }

    @Test
    void itHoldsForItsCapsuleRoleKeyAndTimeOnly() {
        Delegation read = Delegation.decode(serve.encoded());
        assertThat(read).isEqualTo(serve);
        read.require(metadata, Role.SERVE, server, NOW, none);
        read.require(metadata, Role.SERVE, server, FROM, none);
        refused(() -> read.require(metadata, Role.ROUTE, server, NOW, none));
        refused(() -> read.require(metadata, Role.SERVE, writer.verifyingKey(), NOW, none));
        refused(() -> read.require(metadata, Role.SERVE, server, UNTIL, none));
        refused(() -> read.require(metadata, Role.SERVE, server, FROM.minusSeconds(1), none));
        var other = CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "test");
        refused(() -> read.require(other, Role.SERVE, server, NOW, Revocations.none(other.name())));
    }

    @Test
    void onlyTheOwnerDelegatesAndOnlyTheWriterOfTheMetadataWrites() {
        refused(() -> Delegation.issue(writer, metadata.name(), Role.SERVE, server, FROM, UNTIL)
                .require(metadata, Role.SERVE, server, NOW, none));
        Delegation.issue(owner, metadata.name(), Role.WRITE, writer.verifyingKey(), FROM, UNTIL)
                .require(metadata, Role.WRITE, writer.verifyingKey(), NOW, none);
        refused(() -> Delegation.issue(owner, metadata.name(), Role.WRITE, server, FROM, UNTIL)
                .require(metadata, Role.WRITE, server, NOW, none));
    }

    @Test
    void aRevokedOneIsRefusedAndAnOlderOrForgedListChangesNothing() {
        Revocations list = none.revoke(owner, List.of(serve));
        Revocations read = Revocations.decode(list.encoded());
        refused(() -> serve.require(metadata, Role.SERVE, server, NOW, read));
        Delegation another = Delegation.issue(owner, metadata.name(), Role.SERVE, server, FROM, UNTIL);
        another.require(metadata, Role.SERVE, server, NOW, read);
        assertThat(read.newer(none, metadata)).isEqualTo(read);
        assertThat(none.newer(read, metadata)).isEqualTo(read);
        Revocations forged = none.revoke(writer, List.of(another));
        refused(() -> none.newer(forged, metadata));
        refused(() -> another.require(metadata, Role.SERVE, server, NOW, forged));
    }

    @Test
    void noChangedOrCutFileIsAccepted() {
        byte[] good = serve.encoded();
        byte[] list = none.revoke(owner, List.of(serve)).encoded();
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> Delegation.decode(bad).require(metadata, Role.SERVE, server, NOW, none))
                    .isInstanceOfAny(Delegation.Refused.class, Malformed.class);
        }
        for (int bit = 0; bit < list.length * 8; bit++) {
            byte[] bad = list.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> none.newer(Revocations.decode(bad), metadata))
                    .isInstanceOfAny(Delegation.Refused.class, Malformed.class);
        }
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> Delegation.decode(cut)).isInstanceOf(Malformed.class);
        }
    }
}
