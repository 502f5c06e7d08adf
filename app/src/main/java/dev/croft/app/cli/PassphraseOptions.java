package dev.croft.app.cli;

import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a passphrase comes from: a terminal, without echo, or a file that only its owner may read. Never an argument or the environment. */
final class PassphraseOptions {
    /** Whoever runs the router can try passphrases at leisure, so a new one is no short one. */
    private static final int FEWEST = 12;

    private static final int MOST_BYTES = 1024;
    private static final int TRIES = 3;

    @Option(names = "--passphrase", description = "Ask for the passphrase on the terminal.")
    boolean ask;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description =
                    "Read the passphrase from the first line of a file that only its owner may read; - is standard input.")
    @Nullable
    Path file;

    boolean given() {
        return ask || file != null;
    }

    /** The passphrase, if one is to be given. Whoever gets it overwrites it. */
    char @Nullable [] read() throws IOException {
        return given() ? file == null ? ask("Passphrase: ") : fromFile(file) : null;
    }

    /** A passphrase for something new: asked for twice, not too short, and normalised. */
    char @Nullable [] readNew() throws IOException {
        if (!given()) {
            return null;
        }
        char[] phrase = file == null ? ask("New passphrase: ") : fromFile(file);
        if (phrase.length < FEWEST) {
            Arrays.fill(phrase, '\0');
            throw new CommandException(ExitStatus.INPUT, "a new passphrase has at least " + FEWEST + " characters");
        }
        if (file == null) {
            char[] again = ask("Once more: ");
            boolean same = Arrays.equals(phrase, again);
            Arrays.fill(again, '\0');
            if (!same) {
                Arrays.fill(phrase, '\0');
                throw new CommandException(ExitStatus.INPUT, "the two passphrases differ");
            }
        }
        char[] normalized = Passphrase.normalized(phrase);
        Arrays.fill(phrase, '\0');
        return normalized;
    }

    /** The key of that private cloud, made from the passphrase; a wrong one may be corrected twice on a terminal. */
    OwnerKey key(Passphrase parameters, String cloud) throws IOException {
        return key(
                parameters,
                key -> key.cloudId().equals(cloud),
                "key-refused: the passphrase does not open private cloud " + cloud);
    }

    /** The key that is {@code right}. */
    OwnerKey key(Passphrase parameters, Predicate<OwnerKey> right, String refusal) throws IOException {
        for (int tries = 1; ; tries++) {
            char[] phrase = read();
            if (phrase == null) {
                throw new CommandException(ExitStatus.USAGE, "--passphrase or --passphrase-file is needed");
            }
            List<char[]> spellings = Passphrase.spellings(phrase);
            Arrays.fill(phrase, '\0');
            try {
                for (char[] spelling : spellings) {
                    OwnerKey key = OwnerKey.fromPassphrase(spelling, parameters);
                    if (right.test(key)) {
                        return key;
                    }
                    // What a wrong passphrase makes is another owner's key: it is never sent anywhere.
                    key.destroy();
                }
            } finally {
                spellings.forEach(spelling -> Arrays.fill(spelling, '\0'));
            }
            if (file != null || tries == TRIES) {
                throw new CommandException(ExitStatus.REFUSED, refusal);
            }
        }
    }

    static char[] ask(String prompt) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CommandException(
                    ExitStatus.INPUT, "a passphrase is asked for on a terminal only; scripts use --passphrase-file");
        }
        char[] phrase = console.readPassword("%s", prompt);
        if (phrase == null || phrase.length == 0) {
            throw new CommandException(ExitStatus.INPUT, "no passphrase was given");
        }
        return phrase;
    }

    private static char[] fromFile(Path file) throws IOException {
        byte[] bytes;
        if (file.toString().equals("-")) {
            bytes = System.in.readNBytes(MOST_BYTES + 1);
        } else {
            if (!Files.exists(file) || Files.isDirectory(file)) {
                throw new NoSuchFileException(file.toString());
            }
            requirePrivate(file);
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MOST_BYTES + 1);
            }
        }
        try {
            return firstLine(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Refuses a file that others may read or write. */
    static void requirePrivate(Path file) throws IOException {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class, new LinkOption[0]);
        Set<PosixFilePermission> others = Set.of(
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.GROUP_WRITE,
                PosixFilePermission.OTHERS_READ,
                PosixFilePermission.OTHERS_WRITE);
        if (view != null && view.readAttributes().permissions().stream().anyMatch(others::contains)) {
            throw new CommandException(ExitStatus.INPUT, file + ": others may read or write it; 'chmod 600' it");
        }
    }

    private static char[] firstLine(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
            end++;
        }
        if (end == 0 || end > MOST_BYTES) {
            throw new CommandException(
                    ExitStatus.INPUT, "a passphrase is the first line, of at most " + MOST_BYTES + " bytes");
        }
        try {
            CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, end));
            char[] phrase = new char[decoded.remaining()];
            decoded.get(phrase);
            Arrays.fill(decoded.array(), '\0');
            return phrase;
        } catch (CharacterCodingException e) {
            throw new CommandException(ExitStatus.INPUT, "a passphrase is UTF-8 text", e);
        }
    }
}
