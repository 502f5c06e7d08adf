package dev.croft.vault.documents;

import static dev.croft.vault.documents.DocumentStoreTest.doc;
import static dev.croft.vault.documents.DocumentStoreTest.filter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.store.OpenCapsule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleLogTest {
    @TempDir
    Path directory;

    private final SigningKey owner = SigningKey.generate();
    private final SigningKey writer = SigningKey.generate();
    private final ReaderKey reader = ReaderKey.generate();

    private DocumentStore open(CapsuleWriter capsule) {
        return DocumentStore.open(
                new CapsuleLog(OpenCapsule.alone(directory, capsule)),
                directory.resolve("view"),
                new byte[32],
                Schema.EMISSION,
                Limits.STANDARD,
                InstantSource.system());
    }

    private CapsuleWriter create(String name) {
        return CapsuleWriter.create(
                directory.resolve(name),
                CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "data"),
                writer,
                List.of(reader.publicKey()));
    }

    @Test
    void documentsSurviveTheLossOfTheViewInTheCapsule() throws IOException {
        try (CapsuleWriter capsule = create("data");
                DocumentStore store = open(capsule)) {
            store.insert(
                    "things",
                    IntStream.range(0, 1_000)
                            .mapToObj(i -> doc("{_id: %d}".formatted(i)))
                            .toList(),
                    ReadScope.ALL);
            store.delete("things", filter("{_id: {$lt: 10}}"), 0, ReadScope.ALL);
        }
        Files.delete(directory.resolve("view"));
        try (CapsuleWriter capsule = CapsuleWriter.open(directory.resolve("data"), writer, reader);
                DocumentStore store = open(capsule)) {
            assertThat(store.count("things", Filter.EVERYTHING, ReadScope.ALL)).isEqualTo(990);
        }
    }

    private DocumentStore past(PastLog log, String view) {
        return DocumentStore.open(
                log, directory.resolve(view), new byte[32], Schema.EMISSION, Limits.STANDARD, InstantSource.system());
    }

    @Test
    void documentsAreShownAsOfAnySizeOrTimeOnACopy() {
        try (CapsuleWriter capsule = create("data")) {
            Instant before;
            long size;
            try (DocumentStore store = open(capsule)) {
                store.insert("things", List.of(doc("{_id: 1}"), doc("{_id: 2}")), ReadScope.ALL);
                before = capsule.head().timestamp();
                size = capsule.size();
                store.delete("things", filter("{_id: 1}"), 0, ReadScope.ALL);
                store.insert("things", List.of(doc("{_id: 3}"), doc("{_id: 4}")), ReadScope.ALL);
            }
            try (CapsuleReader copy = CapsuleReader.open(directory.resolve("data"), reader);
                    DocumentStore none = past(PastLog.at(copy, 0), "view0");
                    DocumentStore bySize = past(PastLog.at(copy, size), "view1");
                    DocumentStore byTime = past(PastLog.at(copy, before), "view2");
                    DocumentStore now = past(PastLog.at(copy, copy.size()), "view3")) {
                assertThat(none.count("things", Filter.EVERYTHING, ReadScope.ALL))
                        .isZero();
                assertThat(bySize.count("things", filter("{_id: {$lte: 2}}"), ReadScope.ALL))
                        .isEqualTo(2);
                assertThat(byTime.find(Find.in("things"), ReadScope.ALL))
                        .isEqualTo(bySize.find(Find.in("things"), ReadScope.ALL));
                assertThat(now.count("things", Filter.EVERYTHING, ReadScope.ALL))
                        .isEqualTo(3);
                assertThatThrownBy(() -> bySize.insert("things", List.of(doc("{_id: 9}")), ReadScope.ALL))
                        .hasRootCauseInstanceOf(UnsupportedOperationException.class);
            }
        }
    }

    @Test
    void afterRewritingTheOldEpochCanBeShredded() throws IOException {
        try (CapsuleWriter capsule = create("data")) {
            try (DocumentStore store = open(capsule)) {
                store.insert(
                        "things",
                        List.of(doc("{_id: 1, t: 'secret'}"), doc("{_id: 2}"), doc("{_id: 3}")),
                        ReadScope.ALL);
                store.delete("things", filter("{_id: 1}"), 0, ReadScope.ALL);
                capsule.rotate(List.of(reader.publicKey()));
                assertThat(store.rewrite()).isEqualTo(2);
                capsule.shred(0);
                assertThat(store.count("things", Filter.EVERYTHING, ReadScope.ALL))
                        .isEqualTo(2);
            }
            Files.delete(directory.resolve("view"));
            try (DocumentStore store = open(capsule)) {
                assertThat(store.count("things", filter("{_id: {$in: [2, 3]}}"), ReadScope.ALL))
                        .isEqualTo(2);
                assertThat(store.count("things", Filter.EVERYTHING, ReadScope.ALL))
                        .isEqualTo(2);
            }
        }
        assertThat(CapsuleVerifier.verify(directory.resolve("data")).intact()).isTrue();
    }

    @Test
    void aViewOfAnotherCapsuleIsNotUsed() {
        try (CapsuleWriter one = create("one");
                DocumentStore store = open(one)) {
            store.insert("things", List.of(doc("{_id: 1}")), ReadScope.ALL);
        }
        try (CapsuleWriter other = create("other");
                DocumentStore store = open(other)) {
            assertThat(store.count("things", Filter.EVERYTHING, ReadScope.ALL)).isZero();
        }
    }
}
