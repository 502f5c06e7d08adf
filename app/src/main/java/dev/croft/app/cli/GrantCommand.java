package dev.croft.app.cli;

import dev.croft.app.server.Grants;
import dev.croft.budget.Epsilon;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantStatus;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Span;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft grant}: what an owner allows others. */
@Command(
        name = "grant",
        description = "Grant services, analysts and queries what they may do; list and revoke.",
        subcommands = {GrantCommand.Create.class, GrantCommand.Show.class, GrantCommand.Revoke.class})
final class GrantCommand extends Group {
    /** {@code croft grant create}. */
    @Command(
            name = "create",
            description = {
                "Sign and store a grant for a service of the catalogue, for queries across people, or for whoever holds a key.",
                "For pipeline, metrics and count what they need is known; for others name collections and operations."
            })
    static final class Create extends CloudCommand.Owned {
        @Option(names = "--service", paramLabel = "NAME", description = "A service, in its newest version.")
        @Nullable
        String service;

        @Option(
                names = "--query",
                paramLabel = "NAME",
                description = "A computation across people: count or metrics; takes part from now on.")
        @Nullable
        String query;

        @Option(
                names = "--holder",
                paramLabel = "KEY",
                description = "Ed25519 public key, base64url, of whoever may use it.")
        @Nullable
        String holder;

        @Option(names = "--collections", split = ",", description = "Collections, by comma.")
        Set<String> collections = Set.of();

        @Option(
                names = "--operations",
                split = ",",
                description = "Operations, by comma, such as find or upsert@analysis.")
        Set<String> operations = Set.of();

        @Option(names = "--fields", split = ",", description = "Only these fields.")
        @Nullable
        Set<String> fields;

        @Option(names = "--from", description = "Only data from this time on, epoch seconds.")
        double from = -1e15;

        @Option(names = "--to", description = "Only data before this time, epoch seconds.")
        double to = 1e15;

        @Option(names = "--epsilon", defaultValue = "0", description = "Budget ceiling (default: ${DEFAULT-VALUE}).")
        String epsilon = "0";

        @Option(names = "--days", defaultValue = "365", description = "How long it holds (default: ${DEFAULT-VALUE}).")
        int days;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (days < 1 || days > 36_500 || !(from < to)) {
                throw new CommandException(ExitStatus.USAGE, "--days is 1 or more, and --from before --to");
            }
            try (RouterClient router = owner.router()) {
                Grant grant = grant(router);
                GrantStatus stored = owner.cloud()
                        .storeGrant(GrantToken.sign(grant, owner.key().signingKey()));
                if (query != null) {
                    router.enrol(owner.cloudId(), query, grant.id());
                }
                output.line(
                        "grant %s, until %s",
                        stored.grant().id(), stored.grant().expires());
                output.result(Map.of(
                        "grant", stored.grant().id(), "expires", stored.grant().expires()));
                return ExitStatus.OK;
            }
        }

        private Grant grant(RouterClient router) throws IOException {
            Duration lifetime = Duration.ofDays(days);
            if (query != null && service == null && holder == null) {
                return Grants.query(owner.cloudId(), router.coordinatorKey(), query, Epsilon.parse(epsilon), lifetime);
            }
            if ((service == null) == (holder == null)) {
                throw new CommandException(ExitStatus.USAGE, "name one of --service, --query and --holder");
            }
            if (service != null) {
                CatalogueEntry entry = ServiceCommand.newest(router, service);
                Grant known = operations.isEmpty()
                        ? Grants.service(owner.cloudId(), service, entry.digest(), lifetime)
                        : null;
                return known != null ? known : own(new Holder.ServiceHolder(service, entry.digest()), lifetime);
            }
            return own(new Holder.KeyHolder(java.util.Objects.requireNonNull(holder)), lifetime);
        }

        private Grant own(Holder who, Duration lifetime) throws IOException {
            Instant now = Instant.now();
            Span span = from == -1e15 && to == 1e15 ? null : new Span(from, to);
            return new Grant(
                    Grants.id(),
                    owner.cloudId(),
                    who,
                    collections,
                    fields,
                    span,
                    operations,
                    Epsilon.parse(epsilon),
                    now.minusSeconds(60),
                    now.plus(lifetime),
                    "");
        }
    }

    /** {@code croft grant list}. */
    @Command(name = "list", description = "List every grant there ever was.")
    static final class Show extends CloudCommand.Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            List<GrantStatus> grants = owner.cloud().grants();
            output.table(
                    List.of("id", "for", "in force", "spent", "ceiling", "expires", "operations"),
                    grants.stream()
                            .map(status -> List.of(
                                    status.grant().id(),
                                    status.grant().note(),
                                    status.inForce() ? "yes" : "no",
                                    status.spent().toString(),
                                    status.grant().epsilonCeiling().toString(),
                                    status.grant().expires().toString(),
                                    String.join(" ", status.grant().operations())))
                            .toList());
            output.result(grants);
            return ExitStatus.OK;
        }
    }

    /** {@code croft grant revoke}. */
    @Command(name = "revoke", description = "End a grant at once.")
    static final class Revoke extends CloudCommand.Owned {
        @Parameters(paramLabel = "GRANT", description = "Its id.")
        String grant;

        @Override
        ExitStatus run(Output output) throws IOException {
            GrantStatus status = owner.cloud().revokeGrant(grant);
            output.line("grant %s is revoked", status.grant().id());
            output.result(Map.of("grant", status.grant().id(), "revoked", String.valueOf(status.revoked())));
            return ExitStatus.OK;
        }
    }
}
