package dev.croft.mobility.service;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** As much of HTTP/1.1 (RFC 9112) as a door needs, over its Unix socket: one request, one connection. */
final class SocketHttp {
    private static final int MAX_LINE = 8192;
    private static final int MAX_HEADERS = 100;

    private SocketHttp() {}

    /** An answer: its status and its body, at most as long as was allowed. */
    record Answer(int status, byte[] body) {}

    static Answer send(
            Path socket, String method, String path, String token, String traceparent, byte[] body, int mostAnswerBytes)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream out = Channels.newOutputStream(channel);
            String head = method + " " + path + " HTTP/1.1\r\nHost: door\r\nConnection: close\r\nAuthorization: Bearer "
                    + token + (traceparent.isEmpty() ? "" : "\r\ntraceparent: " + traceparent)
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            return read(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16), mostAnswerBytes);
        }
    }

    static Answer read(InputStream in, int most) throws IOException {
        String status = line(in);
        if (!status.matches("HTTP/1\\.1 [0-9]{3}( .*)?")) {
            throw new IOException("no HTTP answer");
        }
        long length = -1;
        boolean chunked = false;
        int headers = 0;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (++headers > MAX_HEADERS) {
                throw new IOException("too many headers");
            }
            int colon = header.indexOf(':');
            String name = colon < 0 ? header : header.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = header.substring(colon + 1).strip();
            if (name.equals("content-length")) {
                length = number(value, 10);
            } else if (name.equals("transfer-encoding")) {
                chunked = value.equalsIgnoreCase("chunked");
            }
        }
        int code = Integer.parseInt(status.substring(9, 12));
        if (chunked) {
            return new Answer(code, chunks(in, most));
        }
        if (length > most) {
            throw new IOException("the answer is too long");
        }
        byte[] body = in.readNBytes(length < 0 ? most : (int) length);
        if (length >= 0 && body.length < length) {
            throw new IOException("the answer is cut off");
        }
        return new Answer(code, body);
    }

    private static byte[] chunks(InputStream in, int most) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            long size = number(line(in).split(";", 2)[0].strip(), 16);
            if (size == 0) {
                return body.toByteArray();
            }
            if (size > most - body.size()) {
                throw new IOException("the answer is too long");
            }
            byte[] chunk = in.readNBytes((int) size);
            if (chunk.length < size || !line(in).isEmpty()) {
                throw new IOException("the answer is cut off");
            }
            body.write(chunk);
        }
    }

    private static long number(String text, int radix) throws IOException {
        try {
            long value = Long.parseLong(text, radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IOException("a length that is none");
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.length() == MAX_LINE) {
                throw new IOException("no HTTP answer");
            }
            line.append((char) next);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }
}
