package dev.croft.router.placement;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadException;
import dev.croft.vault.api.ServiceEntry;
import dev.croft.vault.api.ServiceSignature;
import dev.croft.vault.api.ServiceStatement;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a catalogue entry says of a service. Exactly one of {@code bundle} and {@code image} is given; limits that are not given are
 * those of {@link Limits#service()}.
 *
 * @param description for the owner who decides whether to grant it anything
 * @param bundle name of a directory among the installation's services
 * @param image an OCI image's repository
 * @param command what is run in it; part of the digest that grants name
 * @param cpus processors' worth of time
 * @param memoryMiB resident memory
 * @param pids processes and threads
 * @param seconds from launch to the end, pauses included
 * @param outputMiB what may lie in its output
 * @param pauseAfterSeconds when it is paused until its owner resumes it; {@code null}: never
 * @param placing where and in what it may run, within what the installation allows; {@code null}: as others do
 * @param statement what its publisher signs; {@code null}: not signed
 */
public record ServiceDefinition(
        String description,
        @Nullable String bundle,
        @Nullable String image,
        List<String> command,
        @Nullable Double cpus,
        @Nullable Long memoryMiB,
        @Nullable Integer pids,
        @Nullable Long seconds,
        @Nullable Long outputMiB,
        @Nullable Long pauseAfterSeconds,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Placing placing,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ServiceStatement statement) {

    private static final Pattern BUNDLE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final long MIB = 1L << 20;

    public ServiceDefinition {
        require(description != null && description.length() <= 2000, "a description has at most 2000 characters");
        require(bundle == null != (image == null), "either bundle or image is given");
        require(bundle == null || BUNDLE.matcher(bundle).matches(), "bundle is the name of a directory");
        require(command != null && !command.isEmpty() && command.size() <= 1024, "a command has 1 to 1024 words");
        command = List.copyOf(command);
        require(seconds == null || seconds >= 1 && seconds <= 7 * 86_400, "seconds lie between 1 and a week");
        require(memoryMiB == null || memoryMiB >= 4 && memoryMiB <= 1 << 20, "memoryMiB lies between 4 and 1048576");
        require(outputMiB == null || outputMiB >= 0 && outputMiB <= 1 << 20, "outputMiB lies between 0 and 1048576");
        require(pauseAfterSeconds == null || pauseAfterSeconds >= 1, "pauseAfterSeconds is 1 or more");
        try {
            limits(cpus, memoryMiB, pids, seconds, outputMiB);
        } catch (WorkloadException.InvalidSpec e) {
            throw new RouterException.Invalid(String.valueOf(e.getMessage()));
        }
    }

    /** One that nobody has signed. */
    public ServiceDefinition(
            String description,
            @Nullable String bundle,
            @Nullable String image,
            List<String> command,
            @Nullable Double cpus,
            @Nullable Long memoryMiB,
            @Nullable Integer pids,
            @Nullable Long seconds,
            @Nullable Long outputMiB,
            @Nullable Long pauseAfterSeconds) {
        this(
                description,
                bundle,
                image,
                command,
                cpus,
                memoryMiB,
                pids,
                seconds,
                outputMiB,
                pauseAfterSeconds,
                null,
                null);
    }

    /** The definition with a publisher's statement of the catalogue entry that it belongs to; see {@link ServiceSignature}. */
    public ServiceDefinition signedBy(
            SigningKey key,
            String name,
            String version,
            String program,
            List<String> reads,
            List<String> writes,
            List<String> emits) {
        return with(placing, ServiceSignature.sign(key, name, version, program, signed(), reads, writes, emits));
    }

    /**
     * The key that the entry's statement is signed by.
     *
     * @throws RouterException.Forbidden when it has no statement, or the signature is not over this entry
     */
    public VerifyingKey signer(String name, String version, String program) {
        if (statement == null) {
            throw new RouterException.Forbidden("the service is not signed");
        }
        return ServiceSignature.signer(name, version, program, signed(), statement)
                .orElseThrow(() -> new RouterException.Forbidden("the service's signature does not fit"));
    }

    /**
     * What a permission manager needs to check the signature itself; {@code null} if there is none.
     *
     * @throws RouterException.Invalid when the definition is too long for that
     */
    public @Nullable ServiceEntry entry(String version) {
        try {
            return statement == null ? null : new ServiceEntry(version, signed(), statement);
        } catch (IllegalArgumentException e) {
            throw new RouterException.Invalid(String.valueOf(e.getMessage()));
        }
    }

    /** The bytes of the definition that a publisher signs: its fields by name, without those that are absent and the statement. */
    private String signed() {
        Map<String, JsonNode> fields = new TreeMap<>();
        Json.read(Json.write(this), JsonNode.class).properties().forEach(field -> {
            if (!field.getKey().equals("statement") && !field.getValue().isNull()) {
                fields.put(field.getKey(), field.getValue());
            }
        });
        return new String(Json.write(fields), StandardCharsets.UTF_8);
    }

    private ServiceDefinition with(@Nullable Placing wishes, @Nullable ServiceStatement signed) {
        return new ServiceDefinition(
                description,
                bundle,
                image,
                command,
                cpus,
                memoryMiB,
                pids,
                seconds,
                outputMiB,
                pauseAfterSeconds,
                wishes,
                signed);
    }

    /** The same with these wishes, and without a statement, which would not fit any more. */
    public ServiceDefinition withPlacing(Placing wishes) {
        return with(wishes.equals(Placing.ANYHOW) ? null : wishes, null);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new RouterException.Invalid(rule);
        }
    }

    /** What it may use. */
    public Limits limits() {
        return limits(cpus, memoryMiB, pids, seconds, outputMiB);
    }

    private static Limits limits(
            @Nullable Double cpus,
            @Nullable Long memoryMiB,
            @Nullable Integer pids,
            @Nullable Long seconds,
            @Nullable Long outputMiB) {
        Limits limits = Limits.service();
        limits = cpus == null ? limits : limits.withCpus(cpus);
        limits = memoryMiB == null ? limits : limits.withMemoryBytes(memoryMiB * MIB);
        limits = pids == null ? limits : limits.withPids(pids);
        limits = seconds == null ? limits : limits.withWallClock(Duration.ofSeconds(seconds));
        return outputMiB == null ? limits : limits.withOutputBytes(outputMiB * MIB);
    }

    /** What the runtime runs, pinned to the digest, which it checks on the bytes that run. */
    public Program program(Path services, String digest) {
        if (bundle != null) {
            return new Program.Files(services.resolve(bundle), Digest.parse(digest), command);
        }
        return new Program.Image(Objects.requireNonNull(image), Digest.parse(digest), command);
    }

    /**
     * Checks that a bundle is there and has this digest. An image's digest is checked when it is launched.
     *
     * @throws RouterException.Conflict when it has not
     */
    public void check(Path services, String digest) {
        if (bundle == null) {
            return;
        }
        try {
            if (!Bundle.digest(services.resolve(bundle)).toString().equals(digest)) {
                throw new RouterException.Conflict("the bundle has another digest");
            }
        } catch (WorkloadException.BadBundle | UncheckedIOException e) {
            throw new RouterException.Conflict("there is no such bundle, or it is not one of plain files");
        }
    }
}
