package dev.croft.app.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@link HostileDoorSuite} launches as a service, of this one class and the JDK: does what the lines of {@code /app/attacks} say, and
 * says for each what the door answered. Their parts are separated by tabs.
 */
final class HostileService {
    private static final String DOOR = "/croft/door.sock";
    private static final Pattern PROBLEM = Pattern.compile("problems/([a-z-]+)");
    private static final int CHUNK = 64 * 1024;
    /** Four times what a door takes. */
    private static final int CHUNKS = 4 * 1024;

    private static final int PATIENCE = 600;

    private HostileService() {}

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of("/app/attacks"))) {
            String[] words = line.split("\t", -1);
            String name = words[1];
            switch (words[0]) {
                case "ask" -> say(name, ask(words[2], words[3], words[4], words[5]));
                case "seek" -> {
                    String answer = ask("POST", words[2], "OWN", words[3]);
                    say(name, answer);
                    System.out.println((answer.contains(words[4]) ? "REACHED " : "no ") + name);
                }
                case "door" -> reach(name, () -> raw(Path.of(words[2]), new byte[] {'\r', '\n'}));
                case "file" -> reach(name, () -> Files.readString(Path.of(words[2])));
                case "large" -> say(name, large(words[2]));
                case "until-refused" -> untilRefused(name, words[2]);
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.out.println("done");
    }

    private interface Attempt {
        String answer() throws IOException;
    }

    private static void reach(String name, Attempt attempt) {
        try {
            attempt.answer();
            System.out.println("REACHED " + name);
        } catch (IOException e) {
            System.out.println("no " + name);
        }
    }

    private static void say(String name, String answer) {
        Matcher problem = PROBLEM.matcher(answer);
        String status = answer.startsWith("HTTP/1.1 ") ? answer.substring(9, 12) : "closed";
        System.out.println(name + " " + status + (problem.find() ? " " + problem.group(1) : ""));
    }

    private static void untilRefused(String name, String path) throws Exception {
        for (int i = 0; i < PATIENCE; i++) {
            String answer = ask("POST", path, "OWN", "{\"filter\":{}}");
            if (!answer.startsWith("HTTP/1.1 200")) {
                say(name, answer);
                return;
            }
            if (i == 0) {
                say(name + "-yet", answer);
            }
            Thread.sleep(200);
        }
    }

    private static String ask(String method, String path, String bearer, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: door\r\nConnection: close\r\n" + bearer(bearer)
                + "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        return raw(Path.of(DOOR), (head + body).getBytes(StandardCharsets.UTF_8));
    }

    private static String bearer(String bearer) throws IOException {
        String own = Files.readString(Path.of("/croft/token"));
        return switch (bearer) {
            case "NONE" -> "";
            case "OWN" -> "Authorization: Bearer " + own + "\r\n";
            case "CHANGED" -> "Authorization: Bearer " + (own.startsWith("A") ? "B" : "A") + own.substring(1) + "\r\n";
            case "LONGER" -> "Authorization: Bearer " + own + "A\r\n";
            case "SHORTER" -> "Authorization: Bearer " + own.substring(0, own.length() - 1) + "\r\n";
            default -> "Authorization: Bearer " + bearer + "\r\n";
        };
    }

    /** What the door answers to more than it may be sent. */
    private static String large(String what) throws IOException {
        String line = "POST /clouds/self/collections/entries/count HTTP/1.1\r\nHost: door\r\n" + bearer("OWN");
        byte[] chunk = "x".repeat(CHUNK).getBytes(StandardCharsets.US_ASCII);
        try (SocketChannel door = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            door.connect(UnixDomainSocketAddress.of(DOOR));
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    switch (what) {
                        case "body" -> send(door, line + "Content-Length: " + (long) CHUNK * CHUNKS + "\r\n\r\n");
                        case "chunks" -> send(door, line + "Transfer-Encoding: chunked\r\n\r\n");
                        case "headers" -> send(door, line + "X: ");
                        case "path" -> send(door, "POST /");
                        default -> throw new IllegalArgumentException(what);
                    }
                    for (int i = 0; i < CHUNKS; i++) {
                        if (what.equals("chunks")) {
                            send(door, Integer.toHexString(CHUNK) + "\r\n");
                        }
                        write(door, chunk);
                        if (what.equals("chunks")) {
                            send(door, "\r\n");
                        }
                    }
                } catch (IOException e) {
                    // It answers before it has read all, or it has closed: what counts is the answer.
                }
            });
            String answer = read(door);
            door.close();
            join(sender);
            return answer;
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String raw(Path socket, byte[] request) throws IOException {
        try (SocketChannel door = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            door.connect(UnixDomainSocketAddress.of(socket));
            try {
                write(door, request);
            } catch (IOException e) {
                // As above.
            }
            return read(door);
        }
    }

    private static void send(SocketChannel door, String text) throws IOException {
        write(door, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void write(SocketChannel door, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            door.write(left);
        }
    }

    private static String read(SocketChannel door) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            InputStream in = Channels.newInputStream(door);
            in.transferTo(answer);
        } catch (IOException closedWithBytesUnread) {
            // The door need not read to its end what it refuses.
        }
        return answer.toString(StandardCharsets.UTF_8);
    }
}
