package dev.croft.vault.store;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Heartbeat;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CapsulePart;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A private cloud's capsules, piece by piece from its host into a folder: a backup that needs no capsule servers. */
public final class CapsuleParts {
    private static final int AT_ONCE = 4 << 20;

    private CapsuleParts() {}

    /**
     * The next piece of a capsule that lies in {@code directory}, which may be written to meanwhile.
     *
     * @throws ProblemException {@link ProblemCode#NOT_FOUND} when there is no such capsule, {@link ProblemCode#CONFLICT} when it does not have the
     *     heartbeat
     */
    public static CapsulePart read(Path directory, String capsule, CapsulePart.After asked) {
        OwnerCapsule named = Arrays.stream(OwnerCapsule.values())
                .filter(each -> each.id().equals(capsule))
                .findFirst()
                .orElseThrow(() -> new ProblemException(ProblemCode.NOT_FOUND, "there is no such capsule"));
        try (CapsuleReader reader = CapsuleReader.open(directory.resolve(named.id()), null)) {
            byte[] frames = reader.framesAfter(heartbeat(reader.metadata(), asked.after()), AT_ONCE)
                    .orElseThrow(
                            () -> new ProblemException(ProblemCode.CONFLICT, "the capsule here has another history"));
            var keys = new TreeMap<Integer, String>();
            if (frames.length == 0) {
                reader.keyFiles().forEach((epoch, file) -> keys.put(epoch, Base64Url.encode(file)));
            }
            return new CapsulePart(Base64Url.encode(reader.metadata().encoded()), Base64Url.encode(frames), keys);
        }
    }

    private static @Nullable Heartbeat heartbeat(CapsuleMetadata metadata, @Nullable String after) {
        try {
            return after == null ? null : Heartbeat.decode(metadata.name(), Base64Url.decode(after));
        } catch (RuntimeException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "this is no heartbeat of the capsule");
        }
    }

    /**
     * Brings the capsules in a folder up to those of a private cloud, from nothing if need be; what broke off goes on. Only what the owner's writers
     * signed gets in.
     *
     * @param bytes told how many came, each time that some did
     * @throws ProblemException {@link ProblemCode#CONFLICT} when the folder holds another history
     */
    public static void fetch(Path folder, OwnerKey key, CloudClient cloud, LongConsumer bytes) throws IOException {
        for (OwnerCapsule capsule : OwnerCapsule.values()) {
            Path place = DurableFile.directory(folder.resolve(capsule.id()));
            Path file = place.resolve("metadata");
            CapsuleMetadata metadata = Files.exists(file)
                    ? CapsuleMetadata.decode(Files.readAllBytes(file))
                    : CapsuleMetadata.decode(Base64Url.decode(
                            cloud.capsulePart(capsule.id(), null).metadata()));
            if (!metadata.ownerKey().equals(key.publicKey())
                    || !metadata.writerKey().equals(key.writerKey(capsule.id()).verifyingKey())) {
                throw new ProblemException(ProblemCode.CONFLICT, capsule.id() + " is a capsule of another owner");
            }
            try (CapsuleReplica copy = CapsuleReplica.open(place, metadata, CapsuleOptions.standard())) {
                while (true) {
                    Optional<Heartbeat> head = copy.tip().heartbeat();
                    CapsulePart part = cloud.capsulePart(
                            capsule.id(),
                            head.map(at -> Base64Url.encode(at.encoded())).orElse(null));
                    byte[] frames = Base64Url.decode(part.frames());
                    if (frames.length == 0) {
                        part.keys().forEach((epoch, keys) -> copy.acceptKeys(epoch, Base64Url.decode(keys)));
                        break;
                    }
                    copy.accept(frames);
                    bytes.accept(frames.length);
                }
            }
        }
    }
}
