package dev.croft.app.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DecodersTest {
    private static final int MUTATIONS = 1500;

    /** The short run of every build; {@link FuzzIT} is the long one. */
    @ParameterizedTest
    @EnumSource(Decoder.class)
    void theCorpusAndWhatIsLikeItIsDecodedOrRefusedAsDocumented(Decoder decoder) throws IOException {
        List<byte[]> corpus = Corpus.of(decoder);
        assertThat(corpus).isNotEmpty();
        long seed = Long.getLong("croft.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        corpus.forEach(input -> check(decoder, input, seed));
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = corpus.get(random.nextInt(corpus.size()));
            check(decoder, mutate(input, corpus.get(random.nextInt(corpus.size())), random), seed);
        }
    }

    private static void check(Decoder decoder, byte[] input, long seed) {
        try {
            decoder.decode(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "-Dcroft.seed=" + seed + ", input " + HexFormat.of().formatHex(input), e);
        }
    }

    private static byte[] mutate(byte[] input, byte[] other, SplittableRandom random) {
        byte[] bytes = input.clone();
        for (int n = random.nextInt(1, 4); n > 0 && bytes.length > 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
                case 4 ->
                    Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) (random.nextBoolean() ? 0xff : 0));
                case 5 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) 0x7f);
                default -> {
                    int count = Math.min(other.length, bytes.length - at);
                    System.arraycopy(other, other.length - count, bytes, at, count);
                }
            }
        }
        return bytes;
    }
}
