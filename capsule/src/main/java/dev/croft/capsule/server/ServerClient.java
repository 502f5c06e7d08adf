package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.Hash;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import dev.croft.capsule.replication.Fork;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Peer;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One capsule at one server. Every answer is checked: receipts by the server's key, proofs and frames by the writer's. Thread-safe.
 */
public final class ServerClient implements Peer, AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int MOST_TEXT = 500;

    private final ServerAddress address;
    private final CapsuleMetadata metadata;
    private final @Nullable Reading reading;
    private final HttpClient http;
    private final boolean shared;

    /** A client that may append; and read, when {@code reading} says by what right. */
    public ServerClient(ServerAddress address, CapsuleMetadata metadata, @Nullable Reading reading) {
        this.address = address;
        this.metadata = metadata;
        this.reading = reading;
        this.http = connection(address);
        this.shared = false;
    }

    /** As the other, over connections that others use too and that stay open when this is closed. */
    ServerClient(
            ServerAddress address, CapsuleMetadata metadata, @Nullable Reading reading, ServerConnections connections) {
        this.address = address;
        this.metadata = metadata;
        this.reading = reading;
        this.http = connections.to(address);
        this.shared = true;
    }

    static HttpClient connection(ServerAddress address) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(ServerTls.client(address.key()))
                .connectTimeout(CONNECT)
                .build();
    }

    /** A record as it is on the server, its proof checked. */
    public record SealedRecord(RecordHeader header, byte[] sealed) {}

    public ServerAddress address() {
        return address;
    }

    private String path(String what) {
        return "/capsules/" + metadata.name() + what;
    }

    /**
     * Has the server take the capsule.
     *
     * @throws ReplicationException.NotAllowed when the delegation is not for it
     */
    public void create(Delegation delegation) {
        byte[] body = new ByteWriter()
                .framed(metadata.encoded())
                .framed(delegation.encoded())
                .toBytes();
        call("PUT", path(""), body, false);
    }

    /**
     * Sends frames.
     *
     * @return the server's word that they are durable
     * @throws ReplicationException.Forked when the server has evidence that the writer signed another history
     */
    public Receipt append(Fragment fragment) {
        Receipt receipt = Receipt.decode(call("POST", path("/frames"), fragment.encoded(), false));
        if (!receipt.capsule().equals(metadata.name())
                || !receipt.heartbeat().equals(fragment.head().hash())
                || !receipt.verify(address.key())) {
            throw new ReplicationException.Unreachable(address + " in a way that verifies: it");
        }
        return receipt;
    }

    /** Sends key files, which the writer signed. */
    public void sendKeys(SortedMap<Integer, byte[]> files) {
        call("PUT", path("/keys"), KeyBundle.encode(files), false);
    }

    /** Sends a list of revocations, which the owner signed, to a server that holds the capsule or is the resolver of a domain. */
    public void revoke(Revocations list) {
        byte[] body = new ByteWriter()
                .framed(metadata.encoded())
                .framed(list.encoded())
                .toBytes();
        call("PUT", path("/revocations"), body, false);
    }

    /** Tells the server of which resolvers the owner lets it be known, in place of those before. */
    public void route(List<Delegation> routes) {
        ByteWriter out = new ByteWriter().u8(routes.size());
        routes.forEach(route -> out.framed(route.encoded()));
        call("PUT", path("/routes"), out.toBytes(), false);
    }

    /**
     * The metadata of a capsule that a server holds, by its name alone, which certifies them.
     *
     * @throws ReplicationException.NotAllowed when the owner did not let this key read
     */
    public static CapsuleMetadata metadata(ServerAddress address, CapsuleName name, Reading reading) {
        CapsuleMetadata nobody = CapsuleMetadata.create(address.key(), address.key(), "asking");
        try (var client = new ServerClient(address, nobody, reading)) {
            CapsuleMetadata found =
                    CapsuleMetadata.decode(client.call("GET", "/capsules/" + name + "/metadata", new byte[0], true));
            if (!found.name().equals(name)) {
                throw new Malformed("the metadata are those of another capsule");
            }
            return found;
        }
    }

    @Override
    public Summary summary() {
        return Summary.decode(metadata, call("GET", path("/summary"), new byte[0], true));
    }

    @Override
    public Optional<Fragment> fetch(Want want) {
        byte[] answer = call("POST", path("/fetch"), want.encoded(), true);
        return answer.length == 0 ? Optional.empty() : Optional.of(Fragment.decode(metadata, answer));
    }

    /** The server's key files. */
    byte[] keys() {
        return call("GET", path("/keys"), new byte[0], true);
    }

    /**
     * Records of the capsule's main history at the server, each proven to be under a head that the writer signed.
     *
     * @throws ProofChecker.Rejected when the server's proof does not hold
     */
    public List<SealedRecord> records(long from, long to) {
        byte[] body = new ByteWriter().u64(from).u64(to).toBytes();
        return records(metadata.name(), from, to, call("POST", path("/records"), body, true));
    }

    /** Takes a server's answer apart, and checks it. */
    static List<SealedRecord> records(CapsuleName name, long from, long to, byte[] answer) {
        ByteReader in = new ByteReader(answer);
        if (!(ProofChecker.check(name, in.framed(16 << 20)) instanceof Proof.Membership proof)
                || proof.records().size() != to - from
                || proof.records().getFirst().sequence() != from) {
            throw new Malformed("the proof is of other records");
        }
        List<SealedRecord> records = new ArrayList<>();
        for (RecordHeader header : proof.records()) {
            byte[] sealed = in.framed(CapsuleOptions.MOST_RECORD_BYTES + 64);
            if (!Hash.sha256(sealed).equals(header.bodyHash())) {
                throw new Malformed("a body is another than the proof's");
            }
            records.add(new SealedRecord(header, sealed));
        }
        in.expectEnd();
        return records;
    }

    /** Asks the server, as a witness, to sign a checkpoint: see c2sp.org/tlog-witness. */
    public WitnessAnswer addCheckpoint(String body) {
        HttpResponse<byte[]> answer =
                send(request("POST", "/add-checkpoint", body.getBytes(StandardCharsets.UTF_8), false));
        return new WitnessAnswer(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
    }

    /** What a witness said. */
    public record WitnessAnswer(int status, String body) {}

    /** A stream of fragments as the server gets them: each behind its length (4), and 0 now and then. */
    InputStream follow(Want want) {
        HttpRequest request = request("POST", path("/follow"), want.encoded(), true);
        try {
            HttpResponse<InputStream> answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                try (InputStream body = answer.body()) {
                    throw failure(answer.statusCode(), body.readNBytes(MOST_TEXT));
                }
            }
            return answer.body();
        } catch (IOException e) {
            throw new ReplicationException.Unreachable(address.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicationException.Unreachable(address.toString(), e);
        }
    }

    private byte[] call(String method, String target, byte[] body, boolean proven) {
        HttpResponse<byte[]> answer = send(request(method, target, body, proven));
        if (answer.statusCode() / 100 != 2) {
            throw failure(answer.statusCode(), answer.body());
        }
        return answer.body();
    }

    private HttpRequest request(String method, String target, byte[] body, boolean proven) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("https://" + address.host() + ":" + address.port() + target))
                .timeout(ANSWER)
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (proven && reading != null) {
            request.header(
                    "Authorization", ReadProof.header(reading, address.key(), method, target, body, Instant.now()));
        }
        return request.build();
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return http.send(
                    request,
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofByteArray(), Fragment.MOST_ENCODED_BYTES));
        } catch (IOException e) {
            throw new ReplicationException.Unreachable(address.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicationException.Unreachable(address.toString(), e);
        }
    }

    private ReplicationException failure(int status, byte[] body) {
        String text = new String(body, 0, Math.min(body.length, MOST_TEXT), StandardCharsets.UTF_8).strip();
        return switch (status) {
            case 403 -> new ReplicationException.NotAllowed(text);
            case 404 -> new ReplicationException.Unknown(text);
            case 409 -> forked(body);
            case 400, 413, 422 -> new ReplicationException.Refused(text);
            case 507 -> new ReplicationException.NoRoom(text);
            default -> new ReplicationException.Unreachable(address + " with status " + status + ": it");
        };
    }

    private ReplicationException forked(byte[] body) {
        Fork fork = Fork.decode(metadata, body);
        return fork.holds(metadata)
                ? new ReplicationException.Forked(fork)
                : new ReplicationException.Refused("the server claims a fork that it cannot show");
    }

    CapsuleName name() {
        return metadata.name();
    }

    @Override
    public void close() {
        if (!shared) {
            http.shutdownNow();
        }
    }
}
