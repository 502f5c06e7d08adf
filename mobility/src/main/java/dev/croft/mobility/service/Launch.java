package dev.croft.mobility.service;

import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryResult;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bson.BsonDocument;

/**
 * What the runtime put before a service for one launch.
 *
 * @param door the socket of the door
 * @param cloud id of the private cloud behind it
 * @param directory holds {@code token}, {@code input.json} and {@code output/}
 * @param traceparent which trace the launch is a part of, W3C Trace Context; empty: none
 */
public record Launch(Path door, String cloud, Path directory, String traceparent) {
    private static final EntryBounds INPUT = new EntryBounds(64, 16 << 20, 1);
    private static final int MAX_TOKEN = 4096;
    private static final int MAX_CLAIM = 16 << 20;

    /** One that is a part of no trace. */
    public Launch(Path door, String cloud, Path directory) {
        this(door, cloud, directory, "");
    }

    /** Refuses what could break a header. */
    public Launch {
        if (!traceparent.matches("[0-9a-f-]{0,100}")) {
            throw new ServiceException.NoDoor("CROFT_TRACEPARENT is not well formed");
        }
    }

    /**
     * As the environment says: {@code CROFT_DOOR} and {@code CROFT_CLOUD}; the rest lies beside the door. Where {@code CROFT_WAIT} names a
     * socket, waits there until a launch claims this process, which says then what is missing.
     */
    public static Launch fromEnvironment() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        String wait = environment.get("CROFT_WAIT");
        if (wait != null) {
            environment.putAll(claimed(Path.of(wait)));
        }
        Path door = Path.of(environment.getOrDefault("CROFT_DOOR", "/croft/door.sock"));
        Path directory = door.toAbsolutePath().getParent();
        if (directory == null) {
            throw new ServiceException.NoDoor("CROFT_DOOR names no socket");
        }
        return new Launch(
                door,
                environment.getOrDefault("CROFT_CLOUD", "self"),
                directory,
                environment.getOrDefault("CROFT_TRACEPARENT", ""));
    }

    /** The claim's variables: {@code croft-claim-v1}, then {@code NAME=VALUE}, a line each, to an empty one. */
    private static Map<String, String> claimed(Path socket) {
        String claim;
        try (SocketChannel line = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            claim = new String(Channels.newInputStream(line).readNBytes(MAX_CLAIM), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ServiceException.NoDoor("it cannot wait", e);
        }
        if (!claim.startsWith("croft-claim-v1\n") || !claim.endsWith("\n\n")) {
            throw new ServiceException.NoDoor("it waited, and no launch claimed it");
        }
        Map<String, String> variables = new HashMap<>();
        claim.lines()
                .skip(1)
                .filter(variable -> variable.indexOf('=') > 0)
                .forEach(variable -> variables.put(
                        variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1)));
        return variables;
    }

    /** The input; an empty document where there is none. */
    public BsonDocument input() {
        Path file = directory.resolve("input.json");
        if (!Files.exists(file)) {
            return new BsonDocument();
        }
        return switch (EntryJson.parse(bytes(file, INPUT.maxEntryBytes() + 1), INPUT)) {
            case EntryResult.Taken taken -> taken.entry();
            case EntryResult.Refused refused ->
                throw new ServiceException.BadInput(
                        "input.json: " + refused.refusal().detail());
        };
    }

    String token() {
        return new String(bytes(directory.resolve("token"), MAX_TOKEN), StandardCharsets.US_ASCII).strip();
    }

    /** Leaves a result where whoever launched the service finds it. */
    public void output(String name, BsonDocument result) {
        try {
            Files.writeString(directory.resolve("output").resolve(name), EntryJson.write(result) + "\n");
        } catch (IOException e) {
            throw new ServiceException.NoDoor("the output cannot be written", e);
        }
    }

    private static byte[] bytes(Path file, int most) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(most);
        } catch (IOException e) {
            throw new ServiceException.NoDoor(file.getFileName() + " cannot be read", e);
        }
    }
}
