package dev.croft.vault.documents.view;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What lies in a view's file, for whoever has the key: free blocks too. */
public final class ViewBytes {
    private static final int HEADER = 64;

    private ViewBytes() {}

    /** Every block that opens, one after the other. */
    public static String of(Path file, byte[] viewKey, byte[] context) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        var cipher = new BlockCipher(viewKey, Arrays.copyOfRange(bytes, 8, 24), context);
        StringBuilder text = new StringBuilder();
        for (int block = 0; HEADER + (block + 1) * BlockCipher.SEALED <= bytes.length; block++) {
            int at = HEADER + block * BlockCipher.SEALED;
            byte[] plain = new byte[BlockCipher.PLAIN];
            if (cipher.open(block, 1, Arrays.copyOfRange(bytes, at, at + BlockCipher.SEALED), plain)) {
                text.append(new String(plain, StandardCharsets.ISO_8859_1));
            }
        }
        return text.toString();
    }
}
