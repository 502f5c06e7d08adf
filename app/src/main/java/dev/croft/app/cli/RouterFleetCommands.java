package dev.croft.app.cli;

import dev.croft.router.Json;
import dev.croft.router.RouterClient;
import dev.croft.router.fleet.Invitation;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft router list | invite | drain | remove}: the routers of an installation of several machines. */
final class RouterFleetCommands {

    private RouterFleetCommands() {}

    /** {@code croft router list}. */
    @Command(
            name = "list",
            description = {
                "List the routers of this installation, one on each machine, and how many private clouds each has;",
                "'only here' are those without replicas, which wait for their router when it is lost."
            })
    static final class Show extends RouterSubcommand {
        @Override
        void ask(RouterClient router, Output output) {
            List<RouterRoutes.RouterView> routers = router.routers();
            output.table(
                    List.of(
                            "router",
                            "state",
                            "leads",
                            "weight",
                            "backend",
                            "private clouds",
                            "only here",
                            "reached at"),
                    routers.stream()
                            .map(one -> List.of(
                                    one.name(),
                                    one.state(),
                                    one.leader() ? "yes" : "",
                                    Integer.toString(one.weight()),
                                    one.backend(),
                                    Long.toString(one.clouds()),
                                    Long.toString(one.only()),
                                    one.url()))
                            .toList());
            output.result(routers);
        }
    }

    /** {@code croft router invite}. */
    @Command(
            name = "invite",
            description = {
                "Let a router on another machine join this installation, once and within a day, with 'croft up --join FILE'.",
                "Whoever has the file can join: carry it there privately."
            })
    static final class Invite extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "What it is called: small letters, digits, dashes.")
        String name;

        @Option(names = "--out", paramLabel = "FILE", required = true, description = "A new file for the invitation.")
        Path out = Path.of("");

        @Option(
                names = "--weight",
                defaultValue = "1",
                description = "How much it is to hold compared with others (default: ${DEFAULT-VALUE}).")
        int weight = 1;

        @Option(
                names = "--url",
                paramLabel = "URL",
                description = "Where that machine reaches this router (default: where this command does).")
        @Nullable
        URI url;

        @Override
        void check() throws IOException {
            if (Files.exists(out)) {
                throw new FileAlreadyExistsException(out.toString());
            }
            Invitation.checkName(name);
        }

        @Override
        void ask(RouterClient router, Output output) throws IOException {
            URI reached = url == null ? server.url() : url;
            RouterRoutes.Invited invited = router.invite(name, weight);
            PrivateFiles.write(
                    out, Json.write(new Invitation(reached, invited.trust(), invited.name(), invited.secret())));
            output.line("%s may join once, within a day: croft up --database URL --join %s", name, out);
            output.result(Map.of("router", name, "invitation", out.toString()));
        }
    }

    /** {@code croft router drain}. */
    @Command(
            name = "drain",
            description = {
                "Have a router take no more private clouds, and give away those that have replicas as soon as nobody uses them.",
                "They are locked at their new router until their owners' keys come. Private clouds without replicas stay."
            })
    static final class Drain extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "The router.")
        String name;

        @Option(names = "--undo", description = "Have it take private clouds again.")
        boolean undo;

        @Override
        void check() {
            Invitation.checkName(name);
        }

        @Override
        void ask(RouterClient router, Output output) {
            router.drain(name, !undo);
            output.line(
                    undo ? "%s takes private clouds again" : "%s gives away what it can; see 'croft router list'",
                    name);
            output.result(Map.of("router", name, "draining", !undo));
        }
    }

    /** {@code croft router remove}. */
    @Command(
            name = "remove",
            description = {
                "Take a router out of this installation: the others believe it no more, and do not let it come back uninvited.",
                "Its private clouds with replicas get new homes, as those of a lost one. Stop it, and change the database's password if its machine is not yours any more."
            })
    static final class Remove extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "The router.")
        String name;

        @Option(
                names = "--force",
                description = "Give up its private clouds without replicas, which are lost with it; refused otherwise.")
        boolean force;

        @Override
        void check() {
            Invitation.checkName(name);
        }

        @Override
        void ask(RouterClient router, Output output) {
            String backend = router.routers().stream()
                    .filter(view -> view.name().equals(name))
                    .map(RouterRoutes.RouterView::backend)
                    .findFirst()
                    .orElse("");
            router.remove(name, force);
            output.line("%s is removed; see 'croft router list' for what it had", name);
            output.line("%s", left(backend));
            output.result(Map.of("router", name, "removed", true, "left", left(backend)));
        }

        /** What may run on where it was, and what ends that. */
        static String left(String backend) {
            return switch (backend) {
                case "docker" ->
                    "If it was killed, its containers are on its machine still: start it there once, which ends them, or remove those with its label dev.croft.runtime.";
                case "kubernetes" ->
                    "If it was killed, its namespace is on the cluster still: start it on its node once, which empties it, or delete the namespace with its label croft.dev/runtime.";
                default -> "If it was killed, start it on its machine once: that ends what it left running.";
            };
        }
    }
}
