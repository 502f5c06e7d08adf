package dev.croft.app.demo;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.budget.Epsilon;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.query.QueryAnswer;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.UploadReport;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/** The demonstration, step by step, over the router's own API. */
public final class Demo {
    private static final Duration LAUNCH = Duration.ofMinutes(5);
    private static final Duration TOKEN = Duration.ofDays(30);
    private static final int MINIMUM_COHORT = 5;
    private static final Epsilon CEILING = Epsilon.parse("0.5");

    private final LocalServer server;
    private final Home home;
    private final Story story;

    /** Is told what happens. */
    public interface Story {
        /** A step begins that consists of so many parts. */
        void step(String what, int parts);

        /** A part of the step is done. */
        void part();

        /** Something is worth saying. */
        void say(String line);
    }

    /**
     * What one person's part came to.
     *
     * @param cloud id of the private cloud
     * @param trips how many the pipeline found, as the owner reads them
     * @param day all that it found, in the shape that {@code croft mobility run --json} prints; {@code null} if it was not asked for
     */
    public record Told(
            String person,
            String cloud,
            long entries,
            long refused,
            long trips,
            long sections,
            long places,
            @Nullable BsonDocument day) {}

    /**
     * What the demonstration came to.
     *
     * @param count {@code null} where there were too few people to ask
     * @param left what each person has left of epsilon 1.0
     */
    public record Result(
            List<Told> people,
            QueryAnswer.@Nullable Cell count,
            BigDecimal price,
            int atLeast,
            List<BigDecimal> left) {}

    public Demo(LocalServer server, Home home, Story story) {
        this.server = server;
        this.home = home;
        this.story = story;
    }

    /**
     * Runs it.
     *
     * @param region GeoJSON of the area the analyst asks about
     * @param days whether to tell what was derived from each person's data
     */
    public Result run(
            List<Person> people, BsonDocument region, double from, double to, BigDecimal epsilon, boolean days)
            throws InterruptedException, IOException {
        try (RouterClient operator = server.operator()) {
            story.step("Creating private clouds and uploading phone data", people.size());
            List<Resident> residents = new ArrayList<>();
            List<UploadReport> uploads = new ArrayList<>();
            for (Settled settled : all(people, person -> settle(operator, person))) {
                residents.add(settled.resident());
                uploads.add(settled.upload());
            }
            story.say("%d entries uploaded into %d private clouds, each encrypted with its owner's key"
                    .formatted(uploads.stream().mapToLong(UploadReport::taken).sum(), people.size()));

            CatalogueEntry pipeline = operator.services().stream()
                    .filter(service -> service.name().equals("pipeline"))
                    .max(Comparator.comparing(CatalogueEntry::added))
                    .orElseThrow();
            story.step("Running the pipeline inside each private cloud", people.size());
            all(residents, resident -> {
                Launch ended = resident.await(resident.launch(pipeline), LAUNCH);
                if (ended.state() != Launch.State.DONE) {
                    throw new IllegalStateException("a pipeline ended as " + ended.state() + ": " + ended.reason());
                }
                return ended;
            });
            List<Told> told = new ArrayList<>();
            for (int i = 0; i < people.size(); i++) {
                told.add(tell(people.get(i), residents.get(i), uploads.get(i), days));
            }
            story.say("%d trips, %d sections and %d places derived; they stay where the data are"
                    .formatted(
                            told.stream().mapToLong(Told::trips).sum(),
                            told.stream().mapToLong(Told::sections).sum(),
                            told.stream().mapToLong(Told::places).sum()));

            story.step("Asking who was in the area", 1);
            String coordinator = operator.coordinatorKey();
            all(residents, resident -> {
                resident.takePart(coordinator, CountComputation.NAME, CEILING);
                return true;
            });
            QueryAnswer answer = null;
            if (people.size() < MINIMUM_COHORT) {
                story.say("Fewer than %d people: a count across them is refused, and costs nothing"
                        .formatted(MINIMUM_COHORT));
            } else {
                answer = ask(operator, region, from, to, epsilon);
            }
            story.part();
            List<BigDecimal> left = new ArrayList<>();
            for (Resident resident : residents) {
                left.add(resident.budget().blocks().getFirst().available().toBigDecimal());
                resident.close();
            }
            return new Result(
                    told,
                    answer == null ? null : answer.cells().getFirst(),
                    answer == null ? BigDecimal.ZERO : answer.epsilon(),
                    answer == null ? 0 : answer.participants().atLeast(),
                    left);
        }
    }

    private record Settled(Resident resident, UploadReport upload) {}

    private Settled settle(RouterClient operator, Person person) throws IOException {
        Resident resident = Resident.settle(
                account(operator, person.name(), Role.OWNER), home, person.name(), PrivateCloud.Hosting.SHARED);
        return new Settled(resident, resident.upload(person.entries().get()));
    }

    private RouterClient account(RouterClient operator, String name, Role role) throws IOException {
        Account account = operator.createAccount(name, role, null);
        String token = operator.issueTokenFor(account.name(), "demo", role.scopes(), TOKEN)
                .secret();
        Path file = home.tokens().resolve(name);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, token + "\n", StandardOpenOption.WRITE);
        return operator.as(token);
    }

    private static Told tell(Person person, Resident resident, UploadReport upload, boolean day) {
        return new Told(
                person.name(),
                resident.cloud().cloud(),
                upload.taken(),
                upload.refused(),
                count(resident, "analysis/cleaned_trip"),
                count(resident, "analysis/cleaned_section"),
                count(resident, "analysis/cleaned_place"),
                day ? DerivedDay.read(resident.cloud()) : null);
    }

    private static long count(Resident resident, String key) {
        return resident.cloud().count("analysis", new BsonDocument("metadata.key", new BsonString(key)));
    }

    private QueryAnswer ask(RouterClient operator, BsonDocument region, double from, double to, BigDecimal epsilon)
            throws InterruptedException, IOException {
        RouterClient analyst = account(operator, "analyst", Role.ANALYST);
        BsonDocument params = new BsonDocument("region", region)
                .append("from", new BsonDouble(from))
                .append("to", new BsonDouble(to));
        RouterClient.Asked asked = analyst.ask(new QueryRequest(
                CountComputation.NAME,
                List.of(new QueryRequest.Cell("people in the area", params)),
                null,
                null,
                epsilon,
                null,
                MINIMUM_COHORT,
                null));
        RouterClient.Asked end = analyst.await(asked.id(), Duration.ofMinutes(2));
        QueryAnswer answer = end.answer();
        if (answer == null) {
            throw new IllegalStateException("the query " + end.state() + ": " + end.problem());
        }
        return answer;
    }

    private interface Part<A, B> {
        B of(A item) throws Exception;
    }

    /** All items, a few at a time, in order. */
    private <A, B> List<B> all(List<A> items, Part<A, B> part) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<B>> futures = items.stream()
                    .map(item -> threads.submit((Callable<B>) () -> {
                        B result = part.of(item);
                        story.part();
                        return result;
                    }))
                    .toList();
            List<B> results = new ArrayList<>();
            for (Future<B> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(String.valueOf(e.getCause()), e);
        }
    }
}
