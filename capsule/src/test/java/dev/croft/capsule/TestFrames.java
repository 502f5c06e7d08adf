package dev.croft.capsule;

import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.crypto.SigningKey;
import java.util.List;

/** Makes frames in memory as a writer does, without files; the bodies are taken for sealed. */
public final class TestFrames {
    private TestFrames() {}

    /** Records behind a place, and the heartbeat over them. */
    public static byte[] after(Standing base, SigningKey writer, long micros, List<byte[]> sealed) {
        Chain chain = base.chain();
        long time = Math.max(chain.lastMicros(), micros);
        CapsuleName name = base.metadata().name();
        ByteWriter out = new ByteWriter();
        try {
            for (byte[] body : sealed) {
                byte[] payload = new ByteWriter()
                        .u32(0)
                        .u64(chain.size())
                        .u64(time)
                        .bytes(chain.head().bytes())
                        .u16(0)
                        .u32(body.length)
                        .bytes(body)
                        .toBytes();
                chain.record(payload, 0, payload.length, false);
                out.u32(1 + payload.length).u8(Frames.RECORD).bytes(payload);
            }
            Heartbeat head = Heartbeat.sign(
                    writer,
                    name,
                    chain.size(),
                    time,
                    chain.head(),
                    chain.frontier().root(),
                    chain.lastHeartbeatHash(),
                    0,
                    Hash.sha256(name.bytes()));
            chain.pulse(head);
            out.u32(1 + Heartbeat.LENGTH).u8(Frames.HEARTBEAT).bytes(head.encoded());
        } catch (Chain.Broken e) {
            throw new AssertionError(e.detail, e);
        }
        return out.toBytes();
    }
}
