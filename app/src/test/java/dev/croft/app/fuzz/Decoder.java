package dev.croft.app.fuzz;

import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.ledger.LedgerEvent;
import dev.croft.capsule.CapsuleDecoders;
import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.files.FileDecoders;
import dev.croft.capsule.kv.Change;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import dev.croft.capsule.replication.Fork;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import dev.croft.capsule.routing.Advertisement;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.server.Receipt;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerDecoders;
import dev.croft.capsule.sql.SqlDecoders;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.view.ViewDecoders;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.image.ImageDecoders;
import dev.croft.runtime.registry.RegistryDecoders;
import dev.croft.runtime.registry.RegistryException;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TokenDecoders;
import dev.croft.vault.documents.DocumentDecoders;
import dev.croft.vault.documents.DocumentException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** What takes bytes from outside. Each may refuse them in its own documented way, and in no other. */
enum Decoder {
    METADATA(bytes -> same(CapsuleMetadata.decode(bytes).encoded(), bytes), Malformed.class),
    HEARTBEAT(bytes -> same(Heartbeat.decode(Fixed.METADATA.name(), bytes).encoded(), bytes), Malformed.class),
    RECORD_HEADER(bytes -> same(RecordHeader.decode(bytes).encoded(), bytes), Malformed.class),
    RECORD_FIELDS(CapsuleDecoders::recordFields, Malformed.class),
    SEGMENT_HEADER(bytes -> CapsuleDecoders.segmentHeader(bytes, Fixed.METADATA), Malformed.class),
    KEY_FILE(bytes -> CapsuleDecoders.keyFile(bytes, Fixed.METADATA), Malformed.class),
    FRAMES(bytes -> Fixed.replica().accept(bytes), CapsuleReplica.Refused.class, CapsuleException.class),
    SEGMENT(Fixed::segment, CapsuleException.class),
    DELEGATION(bytes -> same(Delegation.decode(bytes).encoded(), bytes), Malformed.class),
    REVOCATIONS(bytes -> same(Revocations.decode(bytes).encoded(), bytes), Malformed.class),
    PROOF(
            bytes -> {
                Proof proof = Proof.decode(bytes);
                same(proof.encoded(), bytes);
                ProofChecker.check(proof.metadata().name(), proof);
            },
            Malformed.class,
            ProofChecker.Rejected.class),
    TLOG_CHECKPOINT(
            bytes -> Checkpoint.verify(
                    new String(bytes, StandardCharsets.UTF_8), Fixed.METADATA.name(), Fixed.KEY.verifyingKey()),
            Malformed.class),
    FRAGMENT(
            bytes -> {
                Fragment fragment = Fragment.decode(Fixed.METADATA, bytes);
                same(fragment.encoded(), bytes);
                fragment.base().isVouched();
                fragment.head();
            },
            Malformed.class),
    SERVER_FRAMES(
            bytes -> ServerDecoders.append(bytes, Fixed.KEY, Fixed.METADATA),
            Malformed.class,
            ReplicationException.class),
    SERVER_KEYS(
            bytes -> ServerDecoders.keys(bytes, Fixed.KEY, Fixed.METADATA),
            Malformed.class,
            ReplicationException.class),
    SERVER_ROUTES(ServerDecoders::routes, Malformed.class),
    SERVER_RECORDS(
            bytes -> ServerDecoders.records(bytes, Fixed.METADATA), Malformed.class, ProofChecker.Rejected.class),
    READ_PROOF(bytes -> ServerDecoders.readProof(bytes, Fixed.KEY, Fixed.METADATA), ReplicationException.class),
    SUMMARY(
            bytes -> {
                Summary summary = Summary.decode(Fixed.METADATA, bytes);
                same(summary.encoded(), bytes);
                summary.evidence().forEach(fork -> fork.holds(Fixed.METADATA));
            },
            Malformed.class),
    WANT(bytes -> Want.decode(Want.decode(bytes).encoded()), Malformed.class),
    FORK(bytes -> same(Fork.decode(Fixed.METADATA, bytes).encoded(), bytes), Malformed.class),
    RECEIPT(
            bytes -> {
                Receipt receipt = Receipt.decode(bytes);
                same(receipt.encoded(), bytes);
                receipt.verify(Fixed.KEY.verifyingKey());
            },
            Malformed.class),
    ADVERTISEMENT(
            bytes -> {
                Advertisement advertisement = Advertisement.decode(bytes);
                same(advertisement.encoded(), bytes);
                advertisement.require(Instant.EPOCH, Revocations.none(advertisement.name()));
            },
            Malformed.class,
            ReplicationException.class),
    QUERY(bytes -> Query.decode(bytes).allows(Fixed.KEY.verifyingKey(), Instant.EPOCH), Malformed.class),
    RESOLVER_ANSWER(ServerDecoders::found, Malformed.class),
    SERVER_ADDRESS(
            bytes -> ServerAddress.parse(new String(bytes, StandardCharsets.UTF_8)), IllegalArgumentException.class),
    WITNESS_REQUEST(bytes -> ServerDecoders.witness(bytes, Fixed.KEY, Fixed.METADATA)),
    COSIGNATURE(bytes -> ServerDecoders.cosignature(bytes, Fixed.KEY, Fixed.METADATA), Malformed.class),
    KEY_VALUES(bytes -> same(Change.encode(Change.decode(bytes)), bytes), Malformed.class),
    TREE_NODE(ViewDecoders::node, Malformed.class),
    VIEW_CHECKPOINT(ViewDecoders::checkpoint, Malformed.class),
    VIEW_SUMMARY(ViewDecoders::summary),
    FILE_RECORD(FileDecoders::record, Malformed.class),
    FILE_VALUE(FileDecoders::value, Malformed.class),
    SQL_RECORD(SqlDecoders::record, Malformed.class),
    LEDGER_EVENT(bytes -> same(LedgerEvent.decode(bytes).encode(), bytes), CorruptHistoryException.class),
    REQUEST_PROOF(TokenDecoders::proof, ProblemException.class, IllegalArgumentException.class),
    GRANT(TokenDecoders::grant, ProblemException.class, IllegalArgumentException.class),
    DOCUMENT_CHANGES(DocumentDecoders::changes, DocumentException.class),
    IMAGE_ARCHIVE(ImageDecoders::archive, WorkloadException.BadImage.class),
    IMAGE_DOCUMENTS(ImageDecoders::documents, WorkloadException.BadImage.class),
    REGISTRY_CHALLENGE(RegistryDecoders::challenge, RegistryException.Misbehaved.class),
    REGISTRY_TOKEN(RegistryDecoders::token, RegistryException.Misbehaved.class),
    REGISTRY_MANIFEST(RegistryDecoders::manifest, RegistryException.Mismatch.class),
    REGISTRY_NAME(RegistryDecoders::name, WorkloadException.InvalidSpec.class);

    private interface Work {
        void decode(byte[] bytes);
    }

    private final Work work;
    private final List<Class<? extends RuntimeException>> refusals;

    @SafeVarargs
    Decoder(Work work, Class<? extends RuntimeException>... refusals) {
        this.work = work;
        this.refusals = List.of(refusals);
    }

    /** Decodes, or is refused as documented; anything else comes out. */
    void decode(byte[] bytes) {
        try {
            work.decode(bytes);
        } catch (RuntimeException e) {
            if (refusals.stream().noneMatch(refusal -> refusal.isInstance(e))) {
                throw e;
            }
        }
    }

    private static void same(byte[] encoded, byte[] bytes) {
        if (!Arrays.equals(encoded, bytes)) {
            throw new IllegalStateException("two encodings of one thing");
        }
    }

    /** A capsule that is the same in every run, so that the corpus fits it. */
    static final class Fixed {
        static final SigningKey KEY = SigningKey.ofSeed(new byte[32]);
        static final ReaderKey READER =
                ReaderKey.of(SigningKey.ofSeed(new byte[32]).secretSeed());
        static final CapsuleMetadata METADATA = new CapsuleMetadata(
                KEY.verifyingKey(), KEY.verifyingKey(), Instant.EPOCH, "fuzz", new byte[16], WriterMode.STRICT);
        private static final ThreadLocal<Place> PLACE = ThreadLocal.withInitial(Place::make);

        private record Place(CapsuleReplica replica, Path copy, Path segment) {
            static Place make() {
                try {
                    Path folder = Files.createTempDirectory("croft-fuzz");
                    folder.toFile().deleteOnExit();
                    Path copy = folder.resolve("segment");
                    Files.createDirectories(copy.resolve("segments"));
                    Files.write(copy.resolve("metadata"), METADATA.encoded());
                    return new Place(
                            CapsuleReplica.open(folder.resolve("replica"), METADATA, CapsuleOptions.standard()),
                            copy,
                            copy.resolve("segments/00000000000000000000.seg"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        static CapsuleReplica replica() {
            return PLACE.get().replica;
        }

        /** Verifies, opens and reads a capsule whose only segment has these bytes. */
        static void segment(byte[] bytes) {
            Place place = PLACE.get();
            try {
                Files.write(place.segment, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            CapsuleVerifier.verify(place.copy);
            try (CapsuleReader reader = CapsuleReader.open(place.copy, READER)) {
                for (long sequence = 0; sequence < reader.size(); sequence++) {
                    reader.header(sequence);
                }
                reader.framesAfter(null, 1 << 20);
            }
        }

        private Fixed() {}
    }
}
