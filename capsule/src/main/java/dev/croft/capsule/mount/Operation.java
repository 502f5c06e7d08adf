package dev.croft.capsule.mount;

/** The kernel's numbers of the operations that are served, and its flags; see linux/fuse.h. What is not here is refused as unknown. */
final class Operation {
    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int SETATTR = 4;
    static final int MKNOD = 8;
    static final int MKDIR = 9;
    static final int UNLINK = 10;
    static final int RMDIR = 11;
    static final int RENAME = 12;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int FSYNC = 20;
    static final int FLUSH = 25;
    static final int INIT = 26;
    static final int OPENDIR = 27;
    static final int READDIR = 28;
    static final int RELEASEDIR = 29;
    static final int FSYNCDIR = 30;
    static final int CREATE = 35;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int BATCH_FORGET = 42;
    static final int RENAME2 = 45;
    static final int SYNCFS = 50;

    static final int SET_SIZE = 1 << 3;
    static final int SET_MODIFIED = 1 << 5;
    static final int SET_MODIFIED_NOW = 1 << 8;
    static final int KEEP_CACHE = 1 << 1;
    static final int CACHE_NAMES = 1 << 3;
    static final int NOT_REPLACING = 1;
    static final int ACCESS_MODE = 3;

    /** Reads of one file beside each other, writes over 4 KiB, lookups beside each other, requests of 1 MiB. */
    static final int ASYNC_READ = 1;

    static final int BIG_WRITES = 1 << 5;
    static final int PARALLEL_LOOKUPS = 1 << 18;
    static final int MAX_PAGES = 1 << 22;
    /** Forget cached content when size or time of a file changed. */
    static final int FORGET_CHANGED = 1 << 12;

    private Operation() {}

    /** Whether the kernel waits for no reply. */
    static boolean silent(int operation) {
        return operation == FORGET || operation == BATCH_FORGET || operation == INTERRUPT;
    }
}
