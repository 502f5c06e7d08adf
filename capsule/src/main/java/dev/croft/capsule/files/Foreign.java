package dev.croft.capsule.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;

/** Copies between two capsules. */
final class Foreign {
    private Foreign() {}

    static void copy(CapsulePath from, CapsulePath to, boolean replace, boolean keepTimes) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(from, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            if (replace) {
                Files.deleteIfExists(to);
            }
            Files.createDirectory(to);
        } else {
            try (InputStream content = Files.newInputStream(from)) {
                if (replace) {
                    Files.copy(content, to, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    Files.copy(content, to);
                }
            }
        }
        if (keepTimes) {
            Files.getFileAttributeView(to, BasicFileAttributeView.class)
                    .setTimes(attributes.lastModifiedTime(), null, attributes.creationTime());
        }
    }
}
