package dev.croft.vault.documents;

import java.util.ArrayList;
import java.util.List;

/** A log in memory that fails where it is told to. */
final class MemoryLog implements DocumentLog {
    private final List<byte[]> records = new ArrayList<>();
    private int failAfter = -1;
    private int appends;
    private boolean dying;

    @Override
    public byte[] identity() {
        return new byte[] {7};
    }

    @Override
    public synchronized long append(List<byte[]> bodies) {
        appends++;
        if (dying) {
            dying = false;
            throw new StackOverflowError();
        }
        long first = records.size();
        for (byte[] body : bodies) {
            if (failAfter == 0) {
                failAfter = -1;
                throw new IllegalStateException("the disk is gone");
            }
            if (failAfter > 0) {
                failAfter--;
            }
            records.add(body.clone());
        }
        return first;
    }

    @Override
    public synchronized long next() {
        return records.size();
    }

    @Override
    public void replay(long sequence, Visitor visitor) {
        List<byte[]> from;
        synchronized (this) {
            from = List.copyOf(records.subList((int) sequence, records.size()));
        }
        for (byte[] body : from) {
            visitor.visit(sequence++, body.length == 0 ? null : body);
        }
    }

    /** Shreds the records before a sequence. */
    synchronized void forget(long before) {
        for (int i = 0; i < before; i++) {
            records.set(i, new byte[0]);
        }
    }

    /** The next append keeps this many of its records and then fails. */
    synchronized void failAfter(int bodies) {
        failAfter = bodies;
    }

    /** The next append ends its thread's work with an error of the virtual machine. */
    synchronized void die() {
        dying = true;
    }

    synchronized int appends() {
        return appends;
    }
}
