package dev.croft.operator.decide;

import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimStatus;

/**
 * A status to be stored, on condition that the resource still has the version that was decided upon. Whoever finds
 * another version must not store it, but {@linkplain Desk#reread look again}.
 */
public sealed interface Write {
    /** {@code namespace/name}. */
    String id();

    /** The version the resource must have. */
    String version();

    /** The status, to be stored whole. */
    Object status();

    /** Of a block. */
    record OfBlock(BlockCase block, BlockStatus status) implements Write {
        @Override
        public String id() {
            return block.id;
        }

        @Override
        public String version() {
            return block.version;
        }
    }

    /** Of a claim. */
    record OfClaim(ClaimCase claim, ClaimStatus status) implements Write {
        @Override
        public String id() {
            return claim.id;
        }

        @Override
        public String version() {
            return claim.version;
        }
    }
}
