package dev.croft.capsule.bench;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.kv.Change;
import dev.croft.capsule.kv.KeyValueStore;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/** A store of keys and values under YCSB; thread-safe. */
interface Store extends AutoCloseable {
    byte[] get(byte[] key);

    /** Sets a key; returns once that is durable when {@code synced}. */
    void put(byte[] key, byte[] value, boolean synced);

    /** Returns once everything is durable. */
    void sync();

    @Override
    void close();

    /** The key-value view of a fresh capsule. */
    static Store capsule(Path directory) {
        CapsuleWriter writer = Workbench.Keys.fresh().create(directory);
        KeyValueStore store = new KeyValueStore(writer);
        return new Store() {
            @Override
            public byte[] get(byte[] key) {
                return store.get(key).orElseThrow();
            }

            @Override
            public void put(byte[] key, byte[] value, boolean synced) {
                if (synced) {
                    store.put(key, value);
                } else {
                    store.writeBehind(List.of(new Change.Put(key, value)));
                }
            }

            @Override
            public void sync() {
                store.sync();
            }

            @Override
            public void close() {
                store.close();
                writer.close();
            }
        };
    }

    /** RocksDB as it comes. */
    static Store rocksDb(Path directory) {
        RocksDB.loadLibrary();
        Options options = new Options().setCreateIfMissing(true);
        WriteOptions unsynced = new WriteOptions();
        WriteOptions inSync = new WriteOptions().setSync(true);
        RocksDB database;
        try {
            database = RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        return new Store() {
            @Override
            public byte[] get(byte[] key) {
                try {
                    return database.get(key);
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void put(byte[] key, byte[] value, boolean synced) {
                try {
                    database.put(synced ? inSync : unsynced, key, value);
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void sync() {
                try {
                    database.syncWal();
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void close() {
                database.close();
                unsynced.close();
                inSync.close();
                options.close();
            }
        };
    }
}
