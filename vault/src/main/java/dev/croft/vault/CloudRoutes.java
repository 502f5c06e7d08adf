package dev.croft.vault;

import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CapsulePart;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.StoreGrant;
import dev.croft.vault.api.UploadReport;
import dev.croft.vault.grants.Caller;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.RouteTable;
import dev.croft.vault.spi.EntryFormat;
import dev.croft.vault.upload.SpooledBody;
import dev.croft.vault.upload.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** The routes of one open private cloud, for callers who proved who they are. */
final class CloudRoutes {
    static final int MOST_BODY = 16 << 20;
    private static final int MOST_QUERY_BODY = 1 << 20;
    private static final int MOST_LISTED = 1000;

    private final PermissionManager pm;
    private final Caller caller;
    private final RouteTable.Match match;
    private final Request request;
    private final @Nullable RequestProof proof;

    CloudRoutes(
            PermissionManager pm,
            Caller caller,
            RouteTable.Match match,
            Request request,
            @Nullable RequestProof proof) {
        this.pm = pm;
        this.caller = caller;
        this.match = match;
        this.request = request;
        this.proof = proof;
    }

    /** Does what the request asks. The body is checked against the proof before any of it is acted on. */
    Served serve() {
        if (match.route().access() == PmRoute.Access.OWNER && caller.grant().isPresent()) {
            throw new ProblemException(ProblemCode.NOT_OWNER, "only the owner may do this");
        }
        return switch (match.route()) {
            case GRANT_STORE ->
                Served.json(pm.status(pm.grants().store(body(StoreGrant.class).token())));
            case GRANT_LIST -> {
                noBody();
                var grants = pm.grants().list().stream().map(pm::status).toList();
                yield Served.json(grants, grants.size(), "");
            }
            case GRANT_REVOKE -> {
                noBody();
                yield Served.json(pm.status(pm.grants().revoke(parameter())));
            }
            case BUDGET_STATUS -> {
                noBody();
                yield Served.json(pm.budget().status());
            }
            case BUDGET_HISTORY -> {
                noBody();
                yield Served.json(pm.budget().history(from(), limit()));
            }
            case BUDGET_SPEND -> {
                BudgetStatus elsewhere = body(BudgetStatus.class);
                long changed = pm.budget().spend(elsewhere);
                yield Served.json(pm.budget().status(), changed, "as spent elsewhere");
            }
            case AUDIT_LIST -> {
                noBody();
                // Reading the audit adds nothing to it, or a reader would never come to its end.
                yield Served.json(pm.audit().list(from(), limit())).unaudited();
            }
            case CLOUD_VERIFY -> {
                noBody();
                yield Served.json(pm.verify());
            }
            case CAPSULE_READ -> {
                Served part = Served.json(pm.capsulePart(parameter(), body(CapsulePart.After.class)));
                // Telling of the audit's own backup would never come to its end.
                yield parameter().equals("data") ? part : part.unaudited();
            }
            case FORGET -> {
                Documents.Forget what = body(Documents.Forget.class);
                var done = pm.forget(what);
                yield Served.json(done, done.deleted(), Boolean.TRUE.equals(what.shred()) ? "shredded" : "");
            }
            case GRANT_SHOW -> {
                noBody();
                yield Served.json(grant());
            }
            case COLLECTION_LIST,
                    FIND,
                    COUNT,
                    DISTINCT,
                    INSERT,
                    UPSERT,
                    UPDATE,
                    REPLACE,
                    DELETE,
                    CURSOR_NEXT,
                    CURSOR_CLOSE -> documents();
            case UPLOAD -> upload();
            case QUERY_OFFER, QUERY_RESERVE, QUERY_RUN, QUERY_COMMIT, QUERY_REFUND -> query();
            case HOST_STATUS,
                    HOST_HEALTH,
                    HOST_READY,
                    HOST_METRICS,
                    HOST_SPANS,
                    HOST_ASIDE,
                    CLOUD_CREATE,
                    CLOUD_STATUS,
                    CLOUD_KEPT_AT,
                    CLOUD_UNLOCK,
                    CLOUD_WAKE,
                    CLOUD_HIBERNATE,
                    CLOUD_HOLD,
                    CLOUD_KEEP,
                    CLOUD_DROP,
                    CLOUD_RELEASE,
                    CLOUD_HANDOVER,
                    DOOR_OPEN,
                    DOOR_LIST,
                    DOOR_CLOSE,
                    CLOUD_LOCK,
                    REPLICAS_SHOW,
                    REPLICAS_SET,
                    CLOUD_DELETE -> throw new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
        };
    }

    private Served documents() {
        byte[] body = request.readBody(MOST_BODY, proof);
        return new DocumentRoutes(pm.documents(), caller).serve(match.route(), parameter(), request, body);
    }

    private Served query() {
        String query = parameter();
        Grant grant = grant();
        return switch (match.route()) {
            case QUERY_OFFER ->
                Served.json(pm.queries().offer(grant, query, question())).unaudited();
            case QUERY_RESERVE -> {
                Query.Request asked = question();
                var reserved = pm.queries().reserve(grant, query, asked);
                yield Served.json(reserved, 1, asked.computation() + ", epsilon " + reserved.epsilon());
            }
            case QUERY_RUN -> {
                Query.Request asked = question();
                yield Served.json(pm.queries().run(grant, query, asked), 1, asked.computation());
            }
            case QUERY_COMMIT -> {
                noBody();
                yield Served.json(pm.queries().commit(grant, query)).unaudited();
            }
            default -> {
                noBody();
                var settled = pm.queries().refund(grant, query);
                yield Served.json(settled, 1, settled.outcome());
            }
        };
    }

    private Served upload() {
        long most = pm.settings().uploads().bodyBytes();
        request.requireLength(most);
        String name = request.query().get("format");
        EntryFormat format = pm.settings().formats().get(name == null ? "" : name);
        if (format == null) {
            throw new ProblemException(ProblemCode.INVALID_PARAMETERS, "there is no such format of entries");
        }
        caller.grant().ifPresent(grant -> {
            if (grant.operations().stream().noneMatch(op -> op.split("@")[0].equals(Operations.UPLOAD))) {
                throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant does not allow uploads");
            }
        });
        try (SpooledBody body = SpooledBody.read(request.body(), most, pm.spool())) {
            if (proof != null) {
                proof.checkBody(body.sha256());
            }
            try (InputStream entries = body.open()) {
                UploadReport report = Upload.take(
                        entries, format, pm.documents(), caller, pm.settings().uploads());
                String detail = report.alreadyThere() + " already there, " + report.refused() + " refused";
                return Served.json(report, report.taken(), detail);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Grant grant() {
        return caller.grant()
                .orElseThrow(
                        () -> new ProblemException(ProblemCode.GRANT_FORBIDS, "this needs a grant, the owner's too"));
    }

    private Query.Request question() {
        return Json.read(request.readBody(MOST_QUERY_BODY, proof), Query.Request.class);
    }

    private <T> T body(Class<T> type) {
        return Json.read(request.readBody(MOST_QUERY_BODY, proof), type);
    }

    private void noBody() {
        if (request.readBody(1024, proof).length > 0) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "this route takes no body");
        }
    }

    /** What the path names besides the private cloud; empty text if nothing. */
    private String parameter() {
        return match.parameters().size() > 1 ? match.parameters().get(1) : "";
    }

    private long from() {
        return request.number("from", 0, Long.MAX_VALUE);
    }

    private int limit() {
        return (int) request.number("limit", 100, MOST_LISTED);
    }
}
