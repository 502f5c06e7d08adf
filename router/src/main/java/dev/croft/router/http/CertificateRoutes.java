package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import dev.croft.router.Role;
import dev.croft.router.Scope;
import dev.croft.router.tls.CertificateAuthority;
import java.util.List;

/** The certificates between the installation's parts: what is issued, what is revoked, and whom clients trust. */
public final class CertificateRoutes {
    private static final String PEM = "application/x-pem-file";

    private final CertificateAuthority authority;
    private final Runnable renewing;

    /** @param renewing has every part know at once what changed */
    public CertificateRoutes(CertificateAuthority authority, Runnable renewing) {
        this.authority = authority;
        this.renewing = renewing;
    }

    public List<Route> routes() {
        return List.of(
                Route.forRole(
                        GET,
                        "/certificates",
                        Role.OPERATOR,
                        Scope.OPERATE,
                        exchange -> exchange.answer(authority.issued())),
                Route.forRole(POST, "/certificates/{serial}/revoke", Role.OPERATOR, Scope.OPERATE, exchange -> {
                    exchange.subject(exchange.parameter("serial"));
                    authority.revoke(exchange.parameter("serial"));
                    renewing.run();
                    exchange.answer(authority.issued());
                }),
                Route.forRole(POST, "/certificates/{serial}/renew", Role.OPERATOR, Scope.OPERATE, exchange -> {
                    exchange.subject(exchange.parameter("serial"));
                    authority.renew(exchange.parameter("serial"));
                    renewing.run();
                    trust(exchange);
                }),
                Route.open(GET, "/certificates/trust", this::trust),
                // Open as any authority's list of what it revoked is: who was revoked may ask, too.
                Route.open(
                        GET,
                        "/certificates/revoked",
                        exchange -> exchange.context().contentType("text/plain").result(authority.revoked())));
    }

    private void trust(Exchange exchange) {
        exchange.context().contentType(PEM).result(authority.forClients());
    }
}
