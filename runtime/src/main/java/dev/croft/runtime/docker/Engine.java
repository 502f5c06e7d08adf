package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Docker Engine API (version 1.41) over a Unix-domain socket: one connection for each request, which suits virtual
 * threads and long answers (waits, followed logs). Thread-safe.
 */
final class Engine {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final String VERSION = "/v1.41";
    private static final int LONGEST_LINE = 16_384;
    private static final int LONGEST_ANSWER = 16 << 20;

    private final Path socket;

    Engine(Path socket) {
        this.socket = socket;
    }

    /** An answer that is not a success. */
    static final class Refused extends IOException {
        private final int status;

        Refused(int status, String message) {
            super("the engine answers " + status + ": " + message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    static String quote(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
    }

    JsonNode get(String path) throws IOException {
        return exchange("GET", path, null);
    }

    JsonNode post(String path, @Nullable JsonNode body) throws IOException {
        return exchange("POST", path, body);
    }

    JsonNode delete(String path) throws IOException {
        return exchange("DELETE", path, null);
    }

    /** Loads an archive of images ({@code docker load}). */
    void load(Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive);
                InputStream answer =
                        open("POST", "/images/load?quiet=1", in, Files.size(archive), "application/x-tar")) {
            String text = new String(answer.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
            if (text.contains("\"errorDetail\"")) {
                throw new Refused(200, text);
            }
        }
    }

    /** An answer that comes as it is made; closing it ends the request. */
    InputStream stream(String path) throws IOException {
        return open("GET", path, null, 0, "");
    }

    private JsonNode exchange(String method, String path, @Nullable JsonNode body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
        InputStream content = new ByteArrayInputStream(bytes);
        try (InputStream answer = open(method, path, content, bytes.length, "application/json")) {
            byte[] text = answer.readNBytes(LONGEST_ANSWER);
            return text.length == 0 ? JSON.missingNode() : JSON.readTree(text);
        }
    }

    private InputStream open(String method, String path, @Nullable InputStream body, long length, String type)
            throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream out = Channels.newOutputStream(channel);
            String head = method + " " + VERSION + path + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
                    + (length > 0 ? "Content-Type: " + type + "\r\n" : "")
                    + "Content-Length: " + length + "\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            if (body != null) {
                body.transferTo(out);
            }
            InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
            int status = status(line(in));
            Map<String, String> headers = headers(in);
            InputStream content = content(in, headers, channel, status);
            if (status >= 300 && status != 304) {
                String text = new String(content.readNBytes(LONGEST_LINE), StandardCharsets.UTF_8);
                content.close();
                throw new Refused(status, message(text));
            }
            return content;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String message(String text) {
        try {
            return JSON.readTree(text).path("message").asText(text);
        } catch (IOException e) {
            return text;
        }
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] \\d{3}.*")) {
            throw new IOException("not an HTTP answer");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon > 0 && headers.size() < 100) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        return headers;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the engine closed the connection");
            }
            if (line.size() > LONGEST_LINE) {
                throw new IOException("the engine sent a header line over 16 KiB");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private static InputStream content(InputStream in, Map<String, String> headers, SocketChannel channel, int status) {
        boolean chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
        String length = headers.get("content-length");
        long limit = status == 204 || status == 304 ? 0 : length == null ? Long.MAX_VALUE : Long.parseLong(length);
        return new Content(in, channel, chunked, chunked ? 0 : limit);
    }

    /** The body of an answer: chunked, of a length, or to the end of the connection. */
    private static final class Content extends InputStream {
        private final InputStream in;
        private final SocketChannel channel;
        private final boolean chunked;
        private long left;
        private boolean first = true;
        private boolean ended;

        Content(InputStream in, SocketChannel channel, boolean chunked, long left) {
            this.in = in;
            this.channel = channel;
            this.chunked = chunked;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (chunked && left == 0 && !ended) {
                if (!first) {
                    line(in);
                }
                first = false;
                left = Long.parseLong(line(in).replaceAll("[; ].*", ""), 16);
                ended = left == 0;
            }
            if (left == 0 || ended) {
                return -1;
            }
            int n = in.read(into, offset, (int) Math.min(length, left));
            left -= Math.max(0, n);
            ended = n < 0;
            return n;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
