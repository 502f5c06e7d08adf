package dev.croft.capsule;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Keys and metadata for one capsule in a test. */
record TestCapsule(Path directory, CapsuleMetadata metadata, SigningKey owner, SigningKey writer, ReaderKey reader) {
    static TestCapsule in(Path directory) {
        SigningKey owner = SigningKey.generate();
        SigningKey writer = SigningKey.generate();
        return new TestCapsule(
                directory,
                CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "test"),
                owner,
                writer,
                ReaderKey.generate());
    }

    CapsuleWriter create() {
        return create(CapsuleOptions.standard());
    }

    CapsuleWriter create(CapsuleOptions options) {
        return CapsuleWriter.create(directory, metadata, writer, List.of(reader.publicKey()), options);
    }

    CapsuleWriter open() {
        return CapsuleWriter.open(directory, writer, reader);
    }

    CapsuleReader read() {
        return CapsuleReader.open(directory, reader);
    }

    static byte[] body(long number) {
        return ("body " + number).getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> bodies(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(TestCapsule::body).toList();
    }
}
