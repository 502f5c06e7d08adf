package dev.croft.capsule.proof;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.Hash;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * The file {@code tree} beside a capsule: {@code tag || name (32) || groups (8) || groups × root (32)}, the roots of complete subtrees of 32
 * records. A cache: whoever loads it checks that it leads to a signed root.
 */
final class TreeCache {
    private static final byte[] TAG = "croft/tree-cache/v1".getBytes(StandardCharsets.US_ASCII);
    private static final String FILE = "tree";
    private static final int BUFFER = 1 << 16;

    private TreeCache() {}

    /** What the file has; nothing when it is not there or not of this form. */
    static InnerHashes load(Path capsule, CapsuleName name) {
        var inner = new InnerHashes();
        Path file = capsule.resolve(FILE);
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
            byte[] head = new byte[TAG.length + Hash.LENGTH];
            in.readFully(head);
            long groups = in.readLong();
            byte[] expected = Arrays.copyOf(TAG, head.length);
            System.arraycopy(name.bytes(), 0, expected, TAG.length, Hash.LENGTH);
            if (!Arrays.equals(head, expected) || Files.size(file) != head.length + 8 + groups * Hash.LENGTH) {
                return inner;
            }
            byte[] root = new byte[Hash.LENGTH];
            for (long i = 0; i < groups; i++) {
                in.readFully(root);
                inner.add(root, 0);
            }
            return inner;
        } catch (IOException none) {
            return new InnerHashes();
        }
    }

    static void save(Path capsule, CapsuleName name, InnerHashes.View inner) throws IOException {
        Path temporary = Files.createTempFile(capsule, FILE, ".tmp");
        try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(temporary), BUFFER))) {
            out.write(TAG);
            out.write(name.bytes());
            out.writeLong(inner.groups());
            byte[] root = new byte[Hash.LENGTH];
            for (long i = 0; i < inner.groups(); i++) {
                inner.group(i, root, 0);
                out.write(root);
            }
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        Files.move(
                temporary, capsule.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
