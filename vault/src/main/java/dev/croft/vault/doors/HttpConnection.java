package dev.croft.vault.doors;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The server's side of one HTTP/1.1 connection (RFC 9112), as much as a door needs: requests one after the other, bodies by length or in
 * chunks, everything bounded, and whatever is ambiguous refused. For one thread.
 */
final class HttpConnection {
    private static final int MOST_LINE = 8 * 1024;
    private static final int MOST_HEADERS = 64;
    private static final int MOST_DRAINED = 64 * 1024;

    private final InputStream in;
    private final OutputStream out;

    HttpConnection(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    private record Head(String method, String target, boolean keepAlive, Map<String, String> headers) {}

    /** Serves requests until the client goes, asks to close, or does what is no HTTP. */
    void serve(Function<Request, Response> handler) throws IOException {
        boolean open = true;
        while (open) {
            try {
                Optional<Head> head = head();
                open = head.isPresent() && answer(head.get(), handler);
            } catch (ProblemException noHttp) {
                write(Response.problem(noHttp), false);
                open = false;
            }
        }
    }

    private boolean answer(Head head, Function<Request, Response> handler) throws IOException {
        Body body = body(head.headers);
        if ("100-continue".equalsIgnoreCase(head.headers.get("expect"))) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
        String bearer = Request.bearerOf(head.headers.get("authorization"));
        Response response = handler.apply(new Request(
                head.method,
                head.target,
                bearer,
                body.length(),
                body,
                TraceContext.parse(head.headers.get(TraceContext.HEADER)).orElse(null)));
        boolean keep = head.keepAlive && drained(body);
        write(response, keep);
        return keep;
    }

    private static boolean drained(Body body) throws IOException {
        return body.skipNBytesUpTo(MOST_DRAINED);
    }

    private void write(Response response, boolean keep) throws IOException {
        var head = new StringBuilder("HTTP/1.1 ")
                .append(response.status())
                .append(' ')
                .append(response.status() < 400 ? "OK" : "Refused")
                .append("\r\nContent-Type: ")
                .append(response.contentType())
                .append("\r\nConnection: ")
                .append(keep ? "keep-alive" : "close");
        if (response.status() != 204) {
            head.append("\r\nContent-Length: ").append(response.body().length);
        }
        if (response.retryAfterSeconds() > 0) {
            head.append("\r\nRetry-After: ").append(response.retryAfterSeconds());
        }
        out.write(head.append("\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        out.write(response.body());
        out.flush();
    }

    private Optional<Head> head() throws IOException {
        Optional<String> first = line(true);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        String[] words = first.get().split(" ", -1);
        if (words.length != 3
                || !(words[2].equals("HTTP/1.1") || words[2].equals("HTTP/1.0"))
                || !words[1].startsWith("/")) {
            throw malformed("the request line is not one of HTTP/1.1");
        }
        Map<String, String> headers = headers();
        boolean keep = words[2].equals("HTTP/1.1") && !"close".equalsIgnoreCase(headers.get("connection"));
        return Optional.of(new Head(words[0], words[1], keep, headers));
    }

    private Map<String, String> headers() throws IOException {
        var headers = new HashMap<String, String>();
        for (int n = 0; ; n++) {
            String line = line(false).orElseThrow(() -> malformed("the headers end early"));
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (n == MOST_HEADERS) {
                throw new ProblemException(ProblemCode.HEADERS_TOO_LARGE, "more than " + MOST_HEADERS + " headers");
            }
            if (colon < 1 || line.charAt(0) == ' ' || line.charAt(0) == '\t' || line.charAt(colon - 1) == ' ') {
                throw malformed("a header is not well formed");
            }
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            if (headers.put(name, line.substring(colon + 1).strip()) != null) {
                throw malformed("a header is given twice");
            }
        }
    }

    private Body body(Map<String, String> headers) {
        String coding = headers.get("transfer-encoding");
        String length = headers.get("content-length");
        if (coding != null) {
            if (length != null || !coding.equalsIgnoreCase("chunked")) {
                throw malformed("the body's length is ambiguous");
            }
            return new Body(-1);
        }
        if (length == null) {
            return new Body(0);
        }
        if (!length.matches("[0-9]{1,15}")) {
            throw malformed("the body's length is no number");
        }
        return new Body(Long.parseLong(length));
    }

    /** A line without its end; empty at the end of the stream, which is allowed only between requests. */
    private Optional<String> line(boolean mayEnd) throws IOException {
        var line = new ByteArrayOutputStream(128);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (mayEnd && line.size() == 0) {
                    return Optional.empty();
                }
                throw new EOFException();
            }
            if (line.size() == MOST_LINE) {
                throw new ProblemException(
                        ProblemCode.HEADERS_TOO_LARGE, "a line has more than " + MOST_LINE + " bytes");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return Optional.of(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }

    private static ProblemException malformed(String detail) {
        return new ProblemException(ProblemCode.MALFORMED_REQUEST, detail);
    }

    /** A body by its length, or in chunks (length -1). */
    private final class Body extends InputStream {
        private final boolean chunked;
        private final long length;
        private long left;
        private boolean ended;

        Body(long length) {
            this.length = length;
            this.chunked = length < 0;
            this.left = Math.max(length, 0);
            this.ended = length == 0;
        }

        long length() {
            return length;
        }

        boolean skipNBytesUpTo(long most) throws IOException {
            byte[] waste = new byte[8 * 1024];
            long skipped = 0;
            while (!ended && skipped <= most) {
                skipped += Math.max(read(waste, 0, waste.length), 0);
            }
            return ended;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int wanted) throws IOException {
            if (wanted == 0) {
                return 0;
            }
            if (!ended && chunked && left == 0) {
                nextChunk();
            }
            if (ended) {
                return -1;
            }
            int n = in.read(buffer, offset, (int) Math.min(wanted, left));
            if (n < 0) {
                throw new EOFException("the body ended early");
            }
            left -= n;
            if (left == 0) {
                if (chunked) {
                    if (!line(false).orElse("x").isEmpty()) {
                        throw new IOException("a chunk is longer than it says");
                    }
                } else {
                    ended = true;
                }
            }
            return n;
        }

        private void nextChunk() throws IOException {
            String size = line(false).orElseThrow(EOFException::new);
            int extension = size.indexOf(';');
            String digits = (extension < 0 ? size : size.substring(0, extension)).strip();
            if (!digits.matches("[0-9A-Fa-f]{1,8}")) {
                throw new IOException("a chunk's size is no number");
            }
            left = Long.parseLong(digits, 16);
            if (left == 0) {
                for (int n = 0; !line(false).orElse("").isEmpty(); n++) {
                    if (n == MOST_HEADERS) {
                        throw new IOException("too many trailers");
                    }
                }
                ended = true;
            }
        }
    }
}
