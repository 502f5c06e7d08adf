package dev.croft.app.cli;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.SumComputation;
import dev.croft.app.server.Grants;
import dev.croft.budget.Epsilon;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantStatus;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Span;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
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
        private static final List<String> COMPUTATIONS = List.of(CountComputation.NAME, SumComputation.NAME);

        @Option(names = "--service", paramLabel = "NAME", description = "A service, in its newest version.")
        @Nullable
        String service;

        @Option(
                names = "--publisher",
                paramLabel = "FILE",
                description =
                        "The service must be signed by this publisher, FILE.pub; the permission manager checks it at each launch.")
        @Nullable
        Path publisher;

        @Option(
                names = "--every-version",
                description =
                        "With --publisher: for all that this publisher signs under the service's name, not for one digest.")
        boolean everyVersion;

        @Option(names = "--yes", description = "Do not ask on a terminal whether what is shown may run.")
        boolean yes;

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
        Epsilon epsilon = Epsilon.ZERO;

        @Option(names = "--days", defaultValue = "365", description = "How long it holds (default: ${DEFAULT-VALUE}).")
        int days;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (days < 1 || days > 36_500 || !(from < to)) {
                throw new CommandException(ExitStatus.USAGE, "--days is 1 or more, and --from before --to");
            }
            if (Stream.of(service, query, holder).filter(Objects::nonNull).count() != 1) {
                throw new CommandException(ExitStatus.USAGE, "name one of --service, --query and --holder");
            }
            if (query != null && (fields != null || !collections.isEmpty() || !operations.isEmpty())) {
                throw new CommandException(
                        ExitStatus.USAGE,
                        "what a query reads is known: --collections, --operations and --fields do not go with it");
            }
            if (query != null && !COMPUTATIONS.contains(query)) {
                throw new CommandException(
                        ExitStatus.NOT_FOUND,
                        "there is no computation " + query + ", only " + String.join(" and ", COMPUTATIONS));
            }
            if (publisher != null && service == null || everyVersion && publisher == null) {
                throw new CommandException(
                        ExitStatus.USAGE, "--publisher goes with --service, and --every-version with --publisher");
            }
            if (service != null && operations.isEmpty() && !collections.isEmpty()) {
                throw new CommandException(ExitStatus.USAGE, "--collections needs --operations");
            }
            try (RouterClient router = owner.router()) {
                CatalogueEntry entry = service == null ? null : ServiceCommand.newest(router, service);
                if (entry != null) {
                    shown(output, entry);
                }
                Grant grant = narrowed(grant(router, entry));
                GrantStatus stored = owner.cloud()
                        .storeGrant(GrantToken.sign(grant, owner.key().signingKey()));
                if (query != null) {
                    router.enrol(owner.cloudId(), query, grant.id());
                }
                String runs = entry == null ? "" : ": " + service + " " + entry.version() + ", " + entry.digest();
                output.line(
                        "grant %s, until %s%s",
                        stored.grant().id(), stored.grant().expires(), runs);
                Map<String, Object> result = new LinkedHashMap<>(Map.of(
                        "grant", stored.grant().id(), "expires", stored.grant().expires()));
                if (entry != null) {
                    // What the owner lets run: the digest, and of what it is made.
                    result.put("service", entry);
                }
                output.result(result);
                return ExitStatus.OK;
            }
        }

        /** What would run, and who says so, before the owner signs. */
        private void shown(Output output, CatalogueEntry entry) throws IOException {
            ShownService.of(entry, publisher).show(output);
            Console console = System.console();
            if (yes || !output.terminal() || console == null) {
                return;
            }
            output.out().flush();
            String answer = console.readLine("May it run? [y/N] ");
            if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
                throw new CommandException(ExitStatus.INTERRUPTED, "nothing was granted");
            }
        }

        private Holder.ServiceHolder holder(CatalogueEntry entry) throws IOException {
            String signer =
                    publisher == null ? null : ShownService.of(entry, publisher).publisher();
            return new Holder.ServiceHolder(entry.name(), everyVersion ? null : entry.digest(), signer);
        }

        private Grant grant(RouterClient router, @Nullable CatalogueEntry entry) throws IOException {
            Duration lifetime = Duration.ofDays(days);
            if (query != null) {
                return Grants.query(owner.cloudId(), router.coordinatorKey(), query, epsilon, lifetime);
            }
            if (service != null && entry != null) {
                Grant known = operations.isEmpty() ? Grants.service(owner.cloudId(), holder(entry), lifetime) : null;
                if (known == null && operations.isEmpty()) {
                    throw new CommandException(
                            ExitStatus.USAGE,
                            "what " + service + " needs is not known: name --collections and --operations");
                }
                return known != null ? known : own(holder(entry), lifetime);
            }
            try {
                return own(new Holder.KeyHolder(Objects.requireNonNull(holder)), lifetime);
            } catch (IllegalArgumentException e) {
                throw new CommandException(ExitStatus.USAGE, "--holder is no Ed25519 public key in base64url", e);
            }
        }

        /** The grant for no more than the fields and the time that were named. */
        private Grant narrowed(Grant grant) {
            Span span = from == -1e15 && to == 1e15 ? null : new Span(from, to);
            return new Grant(
                    grant.id(),
                    grant.cloud(),
                    grant.holder(),
                    grant.collections(),
                    fields,
                    span,
                    grant.operations(),
                    epsilon,
                    grant.notBefore(),
                    grant.expires(),
                    grant.note());
        }

        private Grant own(Holder who, Duration lifetime) throws IOException {
            Instant now = Instant.now();
            return new Grant(
                    Grants.id(),
                    owner.cloudId(),
                    who,
                    collections,
                    null,
                    null,
                    operations,
                    epsilon,
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
