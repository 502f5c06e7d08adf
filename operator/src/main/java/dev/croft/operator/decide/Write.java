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

    /** Of the resource. */
    String uid();

    /** The description that was decided upon. */
    Object spec();

    /** Whether it is a block's. */
    default boolean isBlock() {
        return !(this instanceof OfClaim);
    }

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

        @Override
        public String uid() {
            return block.first.uid();
        }

        @Override
        public Object spec() {
            return block.spec;
        }
    }

    /** Why a block cannot be used. Nobody waits for it; if the block has changed, it is looked at again anyway. */
    record Note(SeenBlock block, BlockStatus status) implements Write {
        @Override
        public String id() {
            return block.id();
        }

        @Override
        public String version() {
            return block.version();
        }

        @Override
        public String uid() {
            return block.uid();
        }

        @Override
        public Object spec() {
            return block.spec();
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

        @Override
        public String uid() {
            return claim.uid();
        }

        @Override
        public Object spec() {
            return claim.spec;
        }
    }
}
