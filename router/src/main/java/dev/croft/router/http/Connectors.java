package dev.croft.router.http;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** What the HTTPS server listens on, and how it refuses what never reaches a route. */
final class Connectors {

    static final String CLIENTS = "clients";
    static final String ROUTERS = "routers";

    private Connectors() {}

    /** Where clients come: no certificate is asked of them. */
    static Connector open(Server jetty, HttpConfiguration shared, SSLContext tls, String host, int port) {
        return connector(jetty, shared, tls, host, port, CLIENTS);
    }

    /** Where other routers come, by certificate; names are checked by who comes. */
    static Connector forRouters(Server jetty, HttpConfiguration shared, SSLContext tls, String host, int port) {
        return connector(jetty, shared, tls, host, port, ROUTERS);
    }

    private static Connector connector(
            Server jetty, HttpConfiguration shared, SSLContext tls, String host, int port, String name) {
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setNeedClientAuth(name.equals(ROUTERS));
        ssl.setSslContext(tls);
        ssl.setIncludeProtocols("TLSv1.3");
        HttpConfiguration http = new HttpConfiguration(shared);
        SecureRequestCustomizer secure = new SecureRequestCustomizer();
        // Clients on loopback come by address, for which TLS sends no name.
        secure.setSniHostCheck(false);
        http.addCustomizer(secure);
        // No encoded slashes, dots or backslashes: what is matched against routes is what was sent.
        http.setUriCompliance(UriCompliance.DEFAULT);
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setRequestHeaderSize(16 * 1024);
        http.setIdleTimeout(30_000);
        ServerConnector connector =
                new ServerConnector(jetty, new SslConnectionFactory(ssl, "http/1.1"), new HttpConnectionFactory(http));
        connector.setName(name);
        connector.setHost(host);
        connector.setPort(port);
        // Longer than the 30 s a client keeps a connection: else it may send into one that is just being closed.
        connector.setIdleTimeout(90_000);
        connector.setAcceptQueueSize(1024);
        return connector;
    }

    /** Answers in the same form where the server refuses a request before any route. */
    static final class ProblemPages extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = response.getStatus();
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.MEDIA_TYPE);
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            byte[] problem = Problems.of(Problems.codeOf(status), status, null);
            response.write(true, ByteBuffer.wrap(problem), callback);
            return true;
        }
    }
}
