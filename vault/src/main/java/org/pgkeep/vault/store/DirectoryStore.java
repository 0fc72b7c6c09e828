package org.pgkeep.vault.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/** A vault's objects as files below a directory. */
@SuppressWarnings("DoNotCallSuggester")
public final class DirectoryStore implements ObjectStore {
    private final Path root;

    /**
     * A store below {@code root}, which need not exist yet.
     *
     * @param root the directory
     */
    public DirectoryStore(Path root) {
        this.root = root;
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public List<StoredObject> list(String prefix) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void delete(ObjectName name) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public String location() {
        return root.toString();
    }
}
