package dev.croft.capsule.server;

import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.Cosignature;
import java.util.Base64;

/** Asks witnesses to sign a capsule's checkpoint, by c2sp.org/tlog-witness. */
public final class Cosigning {
    private static final int CONFLICT = 409;

    private Cosigning() {}

    /**
     * Asks one witness, which learns of the checkpoint what it lacks by a consistency path.
     *
     * @param tree over the capsule, at the head to be signed
     * @param writer signs the checkpoint
     * @return the witness's line, checked, to be put behind the signed note
     * @throws ReplicationException.Refused when the witness signed another history, or does not know the capsule
     */
    public static String ask(ServerClient witness, CapsuleTree tree, SigningKey writer) {
        Checkpoint checkpoint = Checkpoint.of(tree.head());
        String note = checkpoint.sign(writer);
        ServerClient.WitnessAnswer answer = witness.addCheckpoint(request(tree, 0, note));
        if (answer.status() == CONFLICT) {
            answer = witness.addCheckpoint(request(tree, size(answer.body(), checkpoint), note));
        }
        if (answer.status() != 200) {
            throw new ReplicationException.Refused("the witness does not sign, status " + answer.status() + ": "
                    + answer.body().strip());
        }
        Cosignature.verify(checkpoint, answer.body(), witness.address().key());
        return answer.body();
    }

    private static long size(String told, Checkpoint checkpoint) {
        String text = told.strip();
        long size = text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
        if (size < 0 || size > checkpoint.size()) {
            throw new Malformed("the witness is at no size of this capsule");
        }
        return size;
    }

    private static String request(CapsuleTree tree, long old, String note) {
        StringBuilder text = new StringBuilder("old ").append(old).append('\n');
        for (Hash hash : tree.consistencyPath(old)) {
            text.append(Base64.getEncoder().encodeToString(hash.bytes())).append('\n');
        }
        return text.append('\n').append(note).toString();
    }
}
